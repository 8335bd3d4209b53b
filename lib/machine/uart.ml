(* SPDX-License-Identifier: ISC *)

type model = Ns16550 | Pl011

external take_row : int -> int array = "machine_uart_take"

(* Numbered as nucleus_uart_kind. *)
let take index =
  match take_row index with
  | [||] -> None
  | row -> (
      let interrupt = Pci.Interrupt.unsafe_of_number row.(0) in
      match Device_registers.decode (Array.sub row 1 (Array.length row - 1)) with
      | Some (1, registers) -> Some (Ns16550, registers, interrupt)
      | Some (2, registers) -> Some (Pl011, registers, interrupt)
      | _ -> None)
