(* SPDX-License-Identifier: ISC
   Makes each system call with good and with bad arguments, and prints what comes of it. With an argument it ends with that
   number. *)

external run : unit -> unit = "calls_run"

let () = if Array.length Sys.argv > 1 then exit (int_of_string Sys.argv.(1)) else run ()
