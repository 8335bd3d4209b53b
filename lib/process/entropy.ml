(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

external fill_from_kernel : bytes -> int -> int -> unit = "process_entropy"

(* Some more than are asked for are fetched at once, since the kernel asks the hardware each time. What was given out is not kept. *)
type stock = { lock : Mutex.t; bytes : bytes; mutable next : int }

let size = 512
let stock = { lock = Mutex.create (); bytes = Bytes.create size; next = size }

let fill bytes first count =
  if first < 0 || count < 0 || first > Bytes.length bytes - count then invalid_arg "Entropy.fill";
  if count > size / 8 then fill_from_kernel bytes first count
  else
    Mutex.protect stock.lock (fun () ->
        if stock.next > size - count then (
          fill_from_kernel stock.bytes 0 size;
          stock.next <- 0);
        Bytes.blit stock.bytes stock.next bytes first count;
        Bytes.fill stock.bytes stock.next count '\000';
        stock.next <- stock.next + count)

let int n =
  let bytes = Bytes.create 8 in
  fill bytes 0 8;
  Int64.to_int (Int64.shift_right_logical (Bytes.get_int64_le bytes 0) 8) mod n
