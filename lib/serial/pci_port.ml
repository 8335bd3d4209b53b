(* SPDX-License-Identifier: ISC *)

module Pci = Machine.Pci

(* Serial controllers, by what they are compatible to: 16550, 16650, 16750, 16850, 16950. *)
let is_16550 f =
  let code = Pci.class_code f in
  code lsr 8 = 0x0700 && code land 0xff >= 2 && code land 0xff <= 6

let all () = List.filter is_16550 (Pci.all ())
let divisor = 1

let run f ready =
  Pci.enable ~ports:true ~memory:true f;
  match (Pci.registers f 0, Device_interrupt.of_pci f Pin) with
  | Some registers, Some interrupt when registers.count >= 8 ->
      Ns16550.set_up registers ~divisor;
      Port.run (Ns16550.chip registers) interrupt ready
  | _ -> `Unsupported
