(* SPDX-License-Identifier: ISC *)

external write_through_null : int -> unit = "camel_write_through_null"

let () =
  print_endline "before";
  write_through_null (Sys.opaque_identity 0);
  print_endline "after"
