(* SPDX-License-Identifier: ISC *)

type t = { read : int -> bytes -> int -> int -> unit; write : int -> bytes -> int -> int -> unit }

exception No_memory

let get t at size =
  let bytes = Bytes.create size in
  t.read at bytes 0 size;
  bytes

let get32 t at = Int32.to_int (Bytes.get_int32_le (get t at 4) 0) land 0xffff_ffff

let get64 t at =
  let n = Bytes.get_int64_le (get t at 8) 0 in
  let small = Int64.to_int n in
  if Int64.equal (Int64.of_int small) n then small else min_int

let set32 t at n =
  let bytes = Bytes.create 4 in
  Bytes.set_int32_le bytes 0 (Int32.of_int n);
  t.write at bytes 0 4

let set64 t at n =
  let bytes = Bytes.create 8 in
  Bytes.set_int64_le bytes 0 (Int64.of_int n);
  t.write at bytes 0 8
