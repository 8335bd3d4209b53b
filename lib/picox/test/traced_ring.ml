(* SPDX-License-Identifier: ISC *)

(* The queue of data stacks for interleavings: each operation is one step. The nucleus' tests go into the steps of the real
   one. *)

open Picox_interleave

type t = { capacity : int; mutable items : int array list; mutable getters : int; mutable putters : int }

let words = 4
let create capacity = { capacity; items = []; getters = 0; putters = 0 }
let capacity t = t.capacity
let depth t = List.length t.items

let put t items count =
  Interleave.step ();
  let taken = min count (t.capacity - depth t) in
  t.items <- t.items @ List.init taken (fun i -> Array.sub items (i * words) words);
  taken

let get t items most =
  Interleave.step ();
  let rec take i =
    match t.items with
    | item :: rest when i < most ->
        Array.blit item 0 items (i * words) words;
        t.items <- rest;
        take (i + 1)
    | _ -> i
  in
  take 0

let can_get t =
  Interleave.step ();
  t.items <> []

let can_put t =
  Interleave.step ();
  depth t < t.capacity

let getter_waits t waiting = t.getters <- (t.getters + if waiting then 1 else -1)
let putter_waits t waiting = t.putters <- (t.putters + if waiting then 1 else -1)
