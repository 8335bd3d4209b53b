(* SPDX-License-Identifier: ISC
   Division by zero is an exception, never a fault; the smallest integer over -1 is no fault either. *)

let attempt name f =
  match f () with
  | v -> Printf.printf "%s: %s\n" name v
  | exception Division_by_zero -> Printf.printf "%s: Division_by_zero\n" name

let () =
  let zero = Sys.opaque_identity 0 and minus = Sys.opaque_identity (-1) in
  attempt "int /" (fun () -> string_of_int (1 / zero));
  attempt "int mod" (fun () -> string_of_int (1 mod zero));
  attempt "int32 /" (fun () -> Int32.to_string (Int32.div 1l (Int32.of_int zero)));
  attempt "int64 /" (fun () -> Int64.to_string (Int64.div 1L (Int64.of_int zero)));
  attempt "int64 rem" (fun () -> Int64.to_string (Int64.rem 1L (Int64.of_int zero)));
  attempt "float /" (fun () -> string_of_float (1. /. float zero));
  attempt "min_int / -1" (fun () -> string_of_bool (min_int / minus = min_int));
  attempt "min_int mod -1" (fun () -> string_of_int (min_int mod minus));
  attempt "Int64 min / -1" (fun () -> Int64.to_string (Int64.div Int64.min_int (Int64.of_int minus)));
  attempt "Int64 min rem -1" (fun () -> Int64.to_string (Int64.rem Int64.min_int (Int64.of_int minus)))
