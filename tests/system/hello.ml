(* SPDX-License-Identifier: ISC
   The smallest program, in an image of its own.
   run: *)

let () = print_endline "Hello, world!"
