(* SPDX-License-Identifier: ISC *)

open Handler_call

let red_zone = 128

(* From the frame's begin: the return address, the context, the information. *)
let context_at = 8
let stack_at = context_at + 16
let machine_at = context_at + 40
let mask_at = context_at + 296
let info_at = context_at + 304
let frame_size = info_at + info_size

(* Registers in the order of sigcontext, as they are numbered in {!Vcpu}. *)
let order = [| 8; 9; 10; 11; 12; 13; 14; 15; 7; 6; 5; 3; 2; 0; 1; 4 |]
let pc_at = machine_at + (8 * 16)
let flags_at = pc_at + 8
let selectors_at = flags_at + 8
let code_at = selectors_at + 8
let trap_at = code_at + 8
let old_mask_at = trap_at + 8
let address_at = old_mask_at + 8
let fp_at = address_at + 8
let user_selectors = 0x002b_0000_0000_0033

(* has xstate, has ss, and it is the process' own *)
let context_flags = 7

(* Behind FXSAVE's 512 bytes there may be more: two marks say so. *)
let legacy_size = 512
let mark_at = 464
let mark = 0x46505853
let end_mark = 0x46505845
let is_extended = Vcpu.fp_size > legacy_size
let fp_area_size = if is_extended then Vcpu.fp_size + 4 else legacy_size

let fp_area v =
  let area = Bytes.make fp_area_size '\000' in
  Bytes.blit (Vcpu.fp_state v) 0 area 0 Vcpu.fp_size;
  if is_extended then (
    set_u32 area mark_at mark;
    set_u32 area (mark_at + 4) fp_area_size;
    Bytes.blit area legacy_size area (mark_at + 8) 8;
    set_u32 area (mark_at + 16) Vcpu.fp_size;
    set_u32 area Vcpu.fp_size end_mark);
  area

let build v ~top call =
  let fp_begins = (top - fp_area_size) land lnot 63 in
  (* As behind a call: the stack is aligned but for the return address. *)
  let at = ((fp_begins - frame_size) land lnot 15) - 8 in
  let bytes = Bytes.make (top - at) '\000' in
  set_int bytes 0 call.return_to;
  set_int bytes context_at context_flags;
  put bytes stack_at call.stack;
  Array.iteri (fun i register -> Bytes.set_int64_le bytes (machine_at + (8 * i)) (Vcpu.register v register)) order;
  set_int bytes pc_at (Vcpu.pc v);
  set_int bytes flags_at (Vcpu.flags v);
  set_int bytes selectors_at user_selectors;
  set_int bytes code_at call.code;
  set_int bytes trap_at call.trap;
  Bytes.set_int64_le bytes old_mask_at call.mask;
  set_int bytes address_at call.address;
  set_int bytes fp_at fp_begins;
  Bytes.set_int64_le bytes mask_at call.mask;
  put bytes info_at call.info;
  put bytes (fp_begins - at) (fp_area v);
  (at, bytes)

let direction_flag = 0x400
let trap_flag = 0x100

let enter v ~at call =
  let set register n = Vcpu.set_register v register (Int64.of_int n) in
  set 7 call.signal;
  set 6 (at + info_at);
  set 2 (at + context_at);
  set 0 0;
  Vcpu.set_stack_pointer v at;
  Vcpu.set_pc v call.handler;
  Vcpu.set_flags v (Vcpu.flags v land lnot (direction_flag lor trap_flag))

let components = 3L

let restore_fp v ~read at =
  if at = 0 then true
  else
    match read at legacy_size with
    | None -> false
    | Some legacy -> (
        let state = Bytes.make Vcpu.fp_size '\000' in
        put state 0 legacy;
        let set () =
          Vcpu.set_fp_state v state;
          true
        in
        if not is_extended then set ()
        else if get_u32 legacy mark_at = mark && get_u32 legacy (mark_at + 16) = Vcpu.fp_size then
          match read at Vcpu.fp_size with
          | None -> false
          | Some whole ->
              put state 0 whole;
              set ()
        else (
          Bytes.set_int64_le state legacy_size components;
          set ()))

(* The return address is gone from the stack. *)
let restore v ~read =
  match read (Vcpu.stack_pointer v - 8) frame_size with
  | None -> None
  | Some bytes ->
      if restore_fp v ~read (get_address bytes fp_at) then (
        Array.iteri (fun i register -> Vcpu.set_register v register (Bytes.get_int64_le bytes (machine_at + (8 * i)))) order;
        Vcpu.set_pc v (get_address bytes pc_at);
        Vcpu.set_flags v (get_u32 bytes flags_at);
        Some { mask_then = Bytes.get_int64_le bytes mask_at; stack_then = Bytes.sub bytes stack_at stack_size })
      else None
