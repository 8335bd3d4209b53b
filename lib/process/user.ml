(* SPDX-License-Identifier: ISC *)

open Task

let int32 n = (n lsl 31) asr 31
let ok_or_fault ok result = if ok then result else Errno.efault
let put p at bytes = Memory.write p.memory at bytes 0 (Bytes.length bytes)
let put_zeros p at count = at = 0 || put p at (Bytes.make count '\000')

let set_pair bytes at ns ~unit_ns =
  Bytes.set_int64_le bytes at (Int64.of_int (ns / 1_000_000_000));
  Bytes.set_int64_le bytes (at + 8) (Int64.of_int (ns mod 1_000_000_000 / unit_ns))

let put_pair p at ns ~unit_ns =
  let bytes = Bytes.create 16 in
  set_pair bytes 0 ns ~unit_ns;
  put p at bytes

let put_time p at ns = put_pair p at ns ~unit_ns:1
let put_time_us p at ns = put_pair p at ns ~unit_ns:1000

(* Later than any moment that is told here (2049), and no sum with a moment of today overflows. *)
let largest_seconds = 2_500_000_000

let pair_ns seconds part ~unit_ns =
  if seconds = min_int || seconds < 0 || part < 0 || part * unit_ns >= 1_000_000_000 then Errno.einval
  else if seconds > largest_seconds then largest_seconds * 1_000_000_000
  else (seconds * 1_000_000_000) + (part * unit_ns)

let get_pair p at ~unit_ns =
  let bytes = Bytes.create 16 in
  if not (Memory.read p.memory at bytes 0 16) then Errno.efault
  else
    let word at =
      let word = Bytes.get_int64_le bytes at in
      if Int64.compare word (Int64.of_int max_int) > 0 then max_int
      else if Int64.compare word (Int64.of_int min_int) < 0 then min_int
      else Int64.to_int word
    in
    let part = word 8 in
    if part > 1_000_000_000 then Errno.einval else pair_ns (word 0) part ~unit_ns

let get_time p at = get_pair p at ~unit_ns:1
let get_time_us p at = get_pair p at ~unit_ns:1000
let most_path = 4095

let get_text p at ~most =
  match Memory.read_string p.memory at ~most with
  | Ok text -> Ok text
  | Error `Fault -> Error Errno.efault
  | Error `Long -> Error Errno.enametoolong

let get_path p at = get_text p at ~most:most_path
