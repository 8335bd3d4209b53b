(* SPDX-License-Identifier: ISC *)

type t = { chip : Chip.t; set_up : unit -> unit; interrupt : Device_interrupt.t }

let baud = 115_200

(* Rounded; the fastest where nobody tells the clock. *)
let divisor clock_hz = match clock_hz with Some hz -> max 1 ((hz + (8 * baud)) / (16 * baud)) | None -> 1

let of_uart index (uart : Machine.uart) =
  match Machine.Uart.take index with
  | None -> None
  | Some (model, registers, interrupt) ->
      let interrupt = Device_interrupt.of_event interrupt in
      let make chip set_up = Some { chip; set_up; interrupt } in
      (match model with
      | Ns16550 -> make (Ns16550.chip registers) (fun () -> Ns16550.set_up registers ~divisor:(divisor uart.clock_hz))
      | Pl011 -> make (Pl011.chip registers) (fun () -> Pl011.set_up registers))

let all () =
  match Machine.read () with
  | None -> []
  | Some machine -> List.filter_map Fun.id (List.mapi of_uart machine.uarts)

let run t ready =
  t.set_up ();
  Port.run t.chip t.interrupt ready
