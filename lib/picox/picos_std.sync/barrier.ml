(* SPDX-License-Identifier: ISC *)

open Picos
module Backoff = Picox_backoff

exception Poisoned

(* Each meeting has a computation, which returns when all have come. *)
type state = Meeting of { arrived : int; all : unit Computation.t } | Poisoned_for_ever
type t = { parties : int; state : state Atomic.t }

let max_parties = max_int

let create ?padded parties =
  if parties < 1 then invalid_arg "Barrier.create: the number of parties must be positive";
  let state = Atomic.make (Meeting { arrived = 0; all = Computation.create () }) in
  Picox_padding.if_padded padded { parties; state = Picox_padding.if_padded padded state }

let parties t = t.parties

let poison t =
  match Atomic.exchange t.state Poisoned_for_ever with
  | Poisoned_for_ever -> ()
  | Meeting { all; _ } -> Computation.cancel all Poisoned (Printexc.get_callstack 0)

let wait t all =
  try Computation.await all
  with exn ->
    let bt = Printexc.get_raw_backtrace () in
    if exn != Poisoned then poison t;
    Printexc.raise_with_backtrace exn bt

let rec arrive t backoff =
  match Atomic.get t.state with
  | Poisoned_for_ever -> raise Poisoned
  | Meeting { arrived; all } as before ->
      let last = arrived + 1 = t.parties in
      let after =
        if last then Meeting { arrived = 0; all = Computation.create () } else Meeting { arrived = arrived + 1; all }
      in
      if not (Atomic.compare_and_set t.state before after) then arrive t (Backoff.once backoff)
      else if last then Computation.finish all
      else wait t all

let await t = arrive t Backoff.default
