(* SPDX-License-Identifier: ISC *)

open Handler_call

let red_zone = 0
let info_at = 0
let context_at = info_size
let stack_at = context_at + 16
let mask_at = context_at + 40
let machine_at = context_at + 176

(* Behind the pc and x1 to x31: f0 to f31 and fcsr, as in {!Vcpu}, in room for the widest that there is. *)
let fp_at = machine_at + 256
let fp_size = 528
let frame_size = fp_at + fp_size
let return_address = 1

let build v ~top call =
  let at = (top - frame_size) land lnot 15 in
  let bytes = Bytes.make frame_size '\000' in
  put bytes info_at call.info;
  put bytes stack_at call.stack;
  Bytes.set_int64_le bytes mask_at call.mask;
  set_int bytes machine_at (Vcpu.pc v);
  for register = 1 to 31 do
    Bytes.set_int64_le bytes (machine_at + (8 * register)) (Vcpu.register v register)
  done;
  put bytes fp_at (Vcpu.fp_state v);
  (at, bytes)

let enter v ~at call =
  let set register n = Vcpu.set_register v register (Int64.of_int n) in
  set 10 call.signal;
  set 11 (at + info_at);
  set 12 (at + context_at);
  set return_address call.return_to;
  Vcpu.set_stack_pointer v at;
  Vcpu.set_pc v call.handler

let restore v ~read =
  let at = Vcpu.stack_pointer v in
  if at land 15 <> 0 then None
  else
    match read at frame_size with
    | None -> None
    | Some bytes ->
        Vcpu.set_fp_state v (Bytes.sub bytes fp_at Vcpu.fp_size);
        Vcpu.set_pc v (get_address bytes machine_at);
        for register = 1 to 31 do
          Vcpu.set_register v register (Bytes.get_int64_le bytes (machine_at + (8 * register)))
        done;
        Some { mask_then = Bytes.get_int64_le bytes mask_at; stack_then = Bytes.sub bytes stack_at stack_size }
