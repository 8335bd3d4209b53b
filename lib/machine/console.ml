(* SPDX-License-Identifier: ISC *)

type model = Ns16550 | Pl011

external take_line : unit -> int array = "machine_console_take"
external outgoing : Bytes.t -> int = "machine_console_outgoing" [@@noalloc]
external sent : unit -> unit = "machine_console_sent" [@@noalloc]
external room : unit -> int = "machine_console_room" [@@noalloc]
external bring : Bytes.t -> int -> unit = "machine_console_incoming" [@@noalloc]
external rest : unit -> unit = "machine_console_rest" [@@noalloc]
external give_back : unit -> unit = "machine_console_give_back" [@@noalloc]

(* Numbered as nucleus_uart_kind. *)
let take () =
  let row = take_line () in
  if row = [||] then None
  else
    match Device_registers.decode (Array.sub row 1 (Array.length row - 1)) with
    | Some (1, registers) -> Some (Ns16550, registers, Pci.Interrupt.unsafe_of_number row.(0))
    | Some (2, registers) -> Some (Pl011, registers, Pci.Interrupt.unsafe_of_number row.(0))
    | _ ->
        give_back ();
        None

let incoming bytes count =
  if count < 0 || count > Bytes.length bytes then invalid_arg "Machine.Console.incoming";
  bring bytes count
