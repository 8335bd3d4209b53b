(* SPDX-License-Identifier: ISC
   A signal that nobody handles ends the program with 128 + its number, as a shell reports it.
   run: args=term status=143
   run: args=abort status=134 *)

let () =
  print_endline "before";
  Unix.kill (Unix.getpid ()) (match Sys.argv.(1) with "term" -> Sys.sigterm | _ -> Sys.sigabrt);
  Unix.sleepf 5.;
  print_endline "after"
