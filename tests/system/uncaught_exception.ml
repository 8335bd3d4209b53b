(* SPDX-License-Identifier: ISC
   An uncaught exception: at_exit still runs, status 2, the message on stderr alone.
   run: status=2 stderr-has='Fatal error: exception Failure("no such camel")' *)

let () =
  at_exit (fun () -> print_endline "at exit");
  print_endline "before";
  failwith "no such camel"
