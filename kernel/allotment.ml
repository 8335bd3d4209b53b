(* SPDX-License-Identifier: ISC *)

module Limits = Process.Limits

type t = { all : Limits.t; tree : Limits.t }

let free_memory () = snd (Process.Tender.memory_of_machine ())

let kib = 1 lsl 10
let between low high n = max low (min high n)

(* A task costs the kernel a thread: its stacks and buffers are some tens of KiB. A descriptor costs some hundred bytes. *)
let memory_of_task = 256 * kib
let memory_of_handle = 16 * kib

let of_memory free =
  let memory = free / 4 * 3 in
  let tasks = between 64 8192 (memory / memory_of_task) and handles = between 1024 65536 (memory / memory_of_handle) in
  {
    all = Limits.make ~memory ~tasks ~handles ();
    tree = Limits.make ~memory:(memory / 2) ~tasks:(tasks / 2) ~handles:(handles / 2) ();
  }

let read () = of_memory (max kib (free_memory ()))
