(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_event
module Backoff = Picox_backoff

type 'a cursor = Cursor of ('a * 'a cursor) Computation.t [@@unboxed]

(* The end, or a place before it while somebody is pushing. *)
type 'a t = 'a cursor Atomic.t

let create ?padded () = Picox_padding.if_padded padded (Atomic.make (Cursor (Computation.create ())))

(* [complete place] tries to complete the end; then the end moves on, by whoever comes first. *)
let rec at_end t complete backoff =
  let (Cursor place as before) = Atomic.get t in
  let won = complete place in
  match Computation.peek place with
  | Some (Ok (_, next)) ->
      ignore (Atomic.compare_and_set t before next);
      if not won then at_end t complete (Backoff.once backoff)
  | Some (Error _) | None -> ()

let push t value =
  let next = Cursor (Computation.create ()) in
  let complete place =
    Computation.try_return place (value, next)
    ||
    (* Poisoned? *)
    (Computation.check place;
     false)
  in
  at_end t complete Backoff.default

let poison_at t exn bt = at_end t (fun place -> Computation.try_cancel place exn bt) Backoff.default

let poison ?(callstack = 0) t exn = poison_at t exn (Printexc.get_callstack callstack)
let tap t = Atomic.get t
let peek_opt (Cursor place) = if Computation.is_running place then None else Some (Computation.peek_exn place)
let read (Cursor place) = Computation.await place
let read_evt (Cursor place) = Event.from_computation place
