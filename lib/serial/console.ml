(* SPDX-License-Identifier: ISC *)

let line : Carrier.line =
  let open Machine.Console in
  { outgoing; sent; room; incoming; rest }

let run ?(counts = Carrier.no_counts ()) () =
  match Machine.Console.take () with
  | None -> `Unsupported
  | Some (model, registers, event) ->
      Fun.protect ~finally:Machine.Console.give_back (fun () ->
          let chip = match model with Ns16550 -> Ns16550.chip registers | Pl011 -> Pl011.chip registers in
          Carrier.run chip line (Device_interrupt.of_event event) counts)
