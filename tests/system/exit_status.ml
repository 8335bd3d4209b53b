(* SPDX-License-Identifier: ISC
   The host sees the program's own status, whatever it is.
   run: args=0
   run: args=1 status=1
   run: args=42 status=42
   run: args=70 status=70
   run: args=128 status=128
   run: args=255 status=255 *)

let () =
  print_string "leaving";
  exit (int_of_string Sys.argv.(1))
