(* SPDX-License-Identifier: ISC *)

module Backoff = Picox_backoff

(* A persistent queue in one atomic: [front] is in order, [back] in reverse, [length] counts both. Whoever finds [front]
   empty reverses [back]; each element is reversed once in its time, but for lost races. *)
type 'a state = { front : 'a list; back : 'a list; length : int }
type 'a t = 'a state Atomic.t

exception Empty

let empty = { front = []; back = []; length = 0 }
let create ?padded () = Picox_padding.if_padded padded (Atomic.make empty)

let rec push t value backoff =
  let before = Atomic.get t in
  let after = { before with back = value :: before.back; length = before.length + 1 } in
  if not (Atomic.compare_and_set t before after) then push t value (Backoff.once backoff)

let rec push_head t value backoff =
  let before = Atomic.get t in
  let after = { before with front = value :: before.front; length = before.length + 1 } in
  if not (Atomic.compare_and_set t before after) then push_head t value (Backoff.once backoff)

let rec pop_exn t backoff =
  let before = Atomic.get t in
  let front, back = if before.front == [] then (List.rev before.back, []) else (before.front, before.back) in
  match front with
  | [] -> raise_notrace Empty
  | value :: front ->
      let after = if before.length = 1 then empty else { front; back; length = before.length - 1 } in
      if Atomic.compare_and_set t before after then value else pop_exn t (Backoff.once backoff)

let push t value = push t value Backoff.default
let push_head t value = push_head t value Backoff.default
let pop_exn t = pop_exn t Backoff.default
let length t = (Atomic.get t).length
let is_empty t = length t = 0
