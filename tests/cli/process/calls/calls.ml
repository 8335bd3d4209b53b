(* SPDX-License-Identifier: ISC
   Makes each system call with good and with bad arguments, and prints what comes of it. *)

external run : unit -> unit = "calls_run"

let () = run ()
