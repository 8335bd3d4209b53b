(* SPDX-License-Identifier: ISC
   Makes each system call with good and with bad arguments, and prints what comes of it. With an argument it ends with that
   number; "leads" asks whether its thread has the process' number. *)

external run : unit -> unit = "calls_run"

external leads : unit -> bool = "calls_leads"

let () =
  match Sys.argv with
  | [| _ |] -> run ()
  | [| _; "leads" |] -> exit (if leads () then 41 else 42)
  | _ -> exit (int_of_string Sys.argv.(1))
