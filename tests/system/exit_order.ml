(* SPDX-License-Identifier: ISC
   at_exit functions run last in, first out, may print, and the status survives them; buffers are flushed.
   run: status=3 *)

let () =
  at_exit (fun () -> print_endline "first registered");
  at_exit (fun () -> print_endline "second registered");
  print_string "body, ";
  exit 3
