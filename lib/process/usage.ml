(* SPDX-License-Identifier: ISC *)

open Task

type t = { ns : int; peak_pages : int }

let of_process p = { ns = locked p.system (fun () -> cpu_ns p); peak_pages = Memory.peak_pages p.memory }
let of_children p = { ns = p.children_ns; peak_pages = p.peak_of_children }

let of_ended p =
  { ns = p.ended_ns + p.children_ns; peak_pages = max (Memory.peak_pages p.memory) p.peak_of_children }

let of_thread thread = { ns = thread_ns thread; peak_pages = 0 }
let size = 144
let peak_at = 32
let page_kib = Space.page_size / 1024

let encode { ns; peak_pages } =
  let bytes = Bytes.make size '\000' in
  User.set_pair bytes 0 ns ~unit_ns:1000;
  Bytes.set_int64_le bytes peak_at (Int64.of_int (peak_pages * page_kib));
  bytes
