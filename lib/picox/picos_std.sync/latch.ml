(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_event
module Backoff = Picox_backoff

type t = { count : int Atomic.t; zero : unit Computation.t }

let create ?padded count =
  if count < 0 then invalid_arg "Latch.create: negative count";
  let zero = if count = 0 then Computation.finished else Computation.create () in
  Picox_padding.if_padded padded { count = Picox_padding.if_padded padded (Atomic.make count); zero }

(* Changes the count, unless it is zero; zero then is announced. *)
let rec change t by backoff =
  let before = Atomic.get t.count in
  before > 0
  &&
  if Atomic.compare_and_set t.count before (before + by) then begin
    if before + by = 0 then Computation.finish t.zero;
    true
  end
  else change t by (Backoff.once backoff)

let try_decr t = change t (-1) Backoff.default
let try_incr t = change t 1 Backoff.default
let decr t = if not (try_decr t) then invalid_arg "Latch.decr: the count is zero"
let incr t = if not (try_incr t) then invalid_arg "Latch.incr: the count is zero"
let await t = Computation.await t.zero
let await_evt t = Event.from_computation t.zero
