(* SPDX-License-Identifier: ISC *)

external fill : bytes -> int -> int -> unit = "process_entropy"

let fill bytes first count =
  if first < 0 || count < 0 || first > Bytes.length bytes - count then invalid_arg "Entropy.fill";
  fill bytes first count

let int n =
  let bytes = Bytes.create 8 in
  fill bytes 0 8;
  Int64.to_int (Int64.shift_right_logical (Bytes.get_int64_le bytes 0) 8) mod n
