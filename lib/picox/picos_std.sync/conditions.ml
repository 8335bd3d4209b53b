(* SPDX-License-Identifier: ISC *)

open Picos
module Backoff = Picox_backoff

type t = Trigger.t Fifo.t Atomic.t

let create ?padded () = Picox_padding.if_padded padded (Atomic.make Fifo.empty)

let rec add t trigger backoff =
  let before = Atomic.get t in
  if not (Atomic.compare_and_set t before (Fifo.push before trigger)) then add t trigger (Backoff.once backoff)

(* Whether it was there. *)
let rec remove t trigger =
  let before = Atomic.get t in
  match Fifo.remove before trigger with
  | None -> false
  | Some after -> Atomic.compare_and_set t before after || remove t trigger

let rec signal_with t backoff =
  let before = Atomic.get t in
  match Fifo.pop before with
  | None -> ()
  | Some (trigger, after) ->
      if Atomic.compare_and_set t before after then Trigger.signal trigger else signal_with t (Backoff.once backoff)

let signal t = signal_with t Backoff.default
let broadcast t = if Atomic.get t != Fifo.empty then Fifo.iter Trigger.signal (Atomic.exchange t Fifo.empty)

let wait t ~release ~acquire lock =
  let fiber = Fiber.current () and trigger = Trigger.create () in
  add t trigger Backoff.default;
  (* Who does not hold the lock has nothing to wait for. *)
  (try release lock
   with exn ->
     let bt = Printexc.get_raw_backtrace () in
     if not (remove t trigger) then signal t;
     Printexc.raise_with_backtrace exn bt);
  let canceled = Trigger.await trigger in
  if Option.is_some canceled && not (remove t trigger) then signal t;
  Fiber.forbid fiber (fun () -> acquire lock);
  match canceled with None -> () | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt
