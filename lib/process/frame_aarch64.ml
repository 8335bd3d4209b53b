(* SPDX-License-Identifier: ISC *)

open Handler_call

let red_zone = 0
let info_at = 0
let context_at = info_size
let stack_at = context_at + 16
let mask_at = context_at + 40
let machine_at = context_at + 176
let registers_at = machine_at + 8
let sp_at = registers_at + (31 * 8)
let pc_at = sp_at + 8
let flags_at = pc_at + 8
let records_at = machine_at + 288
let records_size = 4096
let frame_size = records_at + records_size

(* Behind the frame a record of the call, for those who look at stacks. *)
let link_size = 16
let stack_pointer = 31
let frame_pointer = 29
let link = 30

(* Floating point as a record: FPSR, FPCR, then the registers; {!Vcpu} has the registers first, then FPCR and FPSR. *)
let fp_mark = 0x46508001
let fp_size = 528
let vectors_size = 512

let fp_record v =
  let state = Vcpu.fp_state v in
  let record = Bytes.make fp_size '\000' in
  set_u32 record 0 fp_mark;
  set_u32 record 4 fp_size;
  Bytes.blit state (vectors_size + 8) record 8 4;
  Bytes.blit state vectors_size record 12 4;
  Bytes.blit state 0 record 16 vectors_size;
  record

let build v ~top call =
  let at = (top - link_size - frame_size) land lnot 15 in
  let bytes = Bytes.make (frame_size + link_size) '\000' in
  put bytes info_at call.info;
  put bytes stack_at call.stack;
  Bytes.set_int64_le bytes mask_at call.mask;
  set_int bytes machine_at call.address;
  for register = 0 to 30 do
    Bytes.set_int64_le bytes (registers_at + (8 * register)) (Vcpu.register v register)
  done;
  Bytes.set_int64_le bytes sp_at (Vcpu.register v stack_pointer);
  set_int bytes pc_at (Vcpu.pc v);
  set_int bytes flags_at (Vcpu.flags v);
  put bytes records_at (fp_record v);
  Bytes.set_int64_le bytes frame_size (Vcpu.register v frame_pointer);
  Bytes.set_int64_le bytes (frame_size + 8) (Vcpu.register v link);
  (at, bytes)

let enter v ~at call =
  let set register n = Vcpu.set_register v register (Int64.of_int n) in
  set 0 call.signal;
  set 1 (at + info_at);
  set 2 (at + context_at);
  set frame_pointer (at + frame_size);
  set link call.return_to;
  Vcpu.set_stack_pointer v at;
  Vcpu.set_pc v call.handler

(* The record of floating point among all; each has its size, and a last one none. *)
let rec find_fp bytes at =
  if at > frame_size - 8 then None
  else
    let mark = get_u32 bytes at and size = get_u32 bytes (at + 4) in
    if mark = 0 && size = 0 then None
    else if size < 16 || size land 15 <> 0 || size > frame_size - at then None
    else if mark = fp_mark then if size >= fp_size then Some at else None
    else find_fp bytes (at + size)

let restore_fp v bytes at =
  let state = Bytes.make Vcpu.fp_size '\000' in
  Bytes.blit bytes (at + 16) state 0 vectors_size;
  Bytes.blit bytes (at + 12) state vectors_size 4;
  Bytes.blit bytes (at + 8) state (vectors_size + 8) 4;
  Vcpu.set_fp_state v state

let restore v ~read =
  let at = Vcpu.stack_pointer v in
  if at land 15 <> 0 then None
  else
    match read at frame_size with
    | None -> None
    | Some bytes -> (
        match find_fp bytes records_at with
        | None -> None
        | Some record ->
            restore_fp v bytes record;
            for register = 0 to 30 do
              Vcpu.set_register v register (Bytes.get_int64_le bytes (registers_at + (8 * register)))
            done;
            Vcpu.set_register v stack_pointer (Bytes.get_int64_le bytes sp_at);
            Vcpu.set_pc v (get_address bytes pc_at);
            Vcpu.set_flags v (get_u32 bytes flags_at);
            Some { mask_then = Bytes.get_int64_le bytes mask_at; stack_then = Bytes.sub bytes stack_at stack_size })
