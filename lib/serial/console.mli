(* SPDX-License-Identifier: ISC *)

(** The console of the program, by a driver in it: standard input, output and error, and what the nucleus says, pass through
    a fiber. *)

val run : ?counts:Carrier.counts -> unit -> Device.error
(** Drives the console's UART until the fiber is canceled; then the nucleus does again. [`Unsupported]: it cannot be had
    ([Machine.Console.take]). A UART that is gone ends it, too. *)
