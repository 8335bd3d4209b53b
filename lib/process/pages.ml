(* SPDX-License-Identifier: ISC *)

open Scheme

type t = { budget : Budget.t; held : unit -> int; mutable charged : int; mutable peak : int; mutable is_over : bool }

(* Tables that may be new where [pages] pages in a row are: one in the middle or two at an edge, and those above. *)
let entries = 512
let tables pages = (pages / entries) + 5

(* What came without asking is charged as soon as there is room for it. *)
let settle t =
  let now = if t.is_over then 0 else t.held () in
  if now < t.charged then (
    Budget.give_back t.budget (t.charged - now);
    t.charged <- now)
  else if now > t.charged && Budget.take t.budget (now - t.charged) then t.charged <- now;
  if now > t.peak then t.peak <- now

let create budget ~held =
  let t = { budget; held; charged = 0; peak = 0; is_over = false } in
  settle t;
  if t.charged < held () then raise Out_of_memory;
  t

(* What is asked for is enough, so settling only gives back. *)
let growing t n f =
  let asked = n + tables n in
  Budget.take t.budget asked
  && (t.charged <- t.charged + asked;
      let answer = f () in
      settle t;
      answer)

let fits t n =
  let some = Budget.take t.budget n in
  if some then Budget.give_back t.budget n;
  some

let owes t = t.held () > t.charged
let count t = t.charged
let peak t = t.peak

let clear t =
  t.is_over <- true;
  settle t
