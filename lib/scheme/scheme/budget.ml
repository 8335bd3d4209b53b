(* SPDX-License-Identifier: ISC *)

type t = { limit : int; used : int Atomic.t; within : t option }

let create ?within limit =
  if limit < 0 then invalid_arg "Budget.create";
  { limit; used = Atomic.make 0; within }

let unlimited = create max_int
let limit t = t.limit
let used t = Atomic.get t.used

let rec take_here t n =
  let used = Atomic.get t.used in
  n <= t.limit - used && (Atomic.compare_and_set t.used used (used + n) || take_here t n)

let rec give_back_here t n =
  let used = Atomic.get t.used in
  if n > used then invalid_arg "Budget.give_back";
  if not (Atomic.compare_and_set t.used used (used - n)) then give_back_here t n

let rec take t n =
  if n < 0 then invalid_arg "Budget.take";
  take_here t n
  &&
  match t.within with
  | None -> true
  | Some within ->
      let taken = take within n in
      if not taken then give_back_here t n;
      taken

let rec give_back t n =
  give_back_here t n;
  Option.iter (fun within -> give_back within n) t.within
