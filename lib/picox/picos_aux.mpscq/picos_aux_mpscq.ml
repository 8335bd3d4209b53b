(* SPDX-License-Identifier: ISC *)

module Backoff = Picox_backoff

(* The queue is [shared.head], then [front] in order, then [shared.tail] in reverse. [front] is the consumer's own, so a
   pop of what was taken over before changes nothing that is shared. Both ends are in one atomic: were they in two, the
   consumer could see one push of a producer and not an earlier one. *)
type 'a shared = { head : 'a list; tail : 'a list }
type 'a t = { shared : 'a shared Atomic.t; mutable front : 'a list }

exception Empty

let nothing = { head = []; tail = [] }

let create ?padded () =
  let shared = Picox_padding.if_padded padded (Atomic.make nothing) in
  Picox_padding.if_padded padded { shared; front = [] }

let rec change t f backoff =
  let before = Atomic.get t.shared in
  if not (Atomic.compare_and_set t.shared before (f before)) then change t f (Backoff.once backoff)

let push t value = change t (fun shared -> { shared with tail = value :: shared.tail }) Backoff.default
let push_head t value = change t (fun shared -> { shared with head = value :: shared.head }) Backoff.default

let rec pop t backoff =
  let shared = Atomic.get t.shared in
  match (shared.head, t.front) with
  | value :: head, _ ->
      let after = if head == [] && shared.tail == [] then nothing else { shared with head } in
      if Atomic.compare_and_set t.shared shared after then value else pop t (Backoff.once backoff)
  | [], value :: front ->
      t.front <- front;
      value
  | [], [] ->
      if shared.tail == [] then raise_notrace Empty
      else if Atomic.compare_and_set t.shared shared nothing then begin
        match List.rev shared.tail with
        | [] -> raise_notrace Empty
        | value :: front ->
            t.front <- front;
            value
      end
      else pop t (Backoff.once backoff)

let pop_exn t = pop t Backoff.default

let pop_all t =
  let shared = Atomic.exchange t.shared nothing and front = t.front in
  t.front <- [];
  List.to_seq (shared.head @ front @ List.rev shared.tail)
