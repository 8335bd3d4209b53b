(* SPDX-License-Identifier: ISC *)

external break : string -> unit = "checks_break"

let () =
  print_endline "before";
  break Sys.argv.(1);
  print_endline "after"
