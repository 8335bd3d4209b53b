(* SPDX-License-Identifier: ISC *)

open Picos
module Mutex = Picox_lock

type clock = { now : unit -> int; pace : int }

let machine = { now = Vcpu.now; pace = 1 }

type timer = {
  mutable due : int;
  mutable interval : int;
  mutable current : unit Computation.t;
  (* Of another clock than the machine's: what it showed last, and how long it is left alone at least. *)
  mutable seen : int;
  mutable patience : int;
}

type t = { lock : Mutex.t; mutable closed : bool; clock : clock; expire : unit -> unit; timer : timer }

exception Due

let no_backtrace = Printexc.get_callstack 0

let create ?(clock = machine) ~expire () =
  let timer = { due = 0; interval = 0; current = Computation.finished; seen = 0; patience = 0 } in
  { lock = Mutex.create (); closed = false; clock; expire; timer }

let now t = t.clock.now ()

(* A clock that stands still is looked at less and less often. *)
let least_patience_ns = 2_000_000
let most_patience_ns = 32_000_000

let ns_until_look t =
  let now = t.clock.now () in
  let left = max 0 (t.timer.due - now) in
  if t.clock == machine then left
  else
    let { seen; patience; _ } = t.timer in
    t.timer.seen <- now;
    t.timer.patience <- (if now <> seen then least_patience_ns else min most_patience_ns (2 * patience));
    max t.timer.patience (left / t.clock.pace)

let seconds ns = Float.min 1e9 (float ns *. 1e-9)
let is_early t = t.clock != machine && t.clock.now () < t.timer.due

(* Under the lock. What goes off runs in whatever thread sees to timers. *)
let rec arm t =
  let alarm = Computation.create () in
  t.timer.current <- alarm;
  let action = (Trigger.from_action t alarm go_off [@alert "-handler"]) in
  if Computation.try_attach alarm action then
    Picox_timers.cancel_after alarm ~seconds:(seconds (ns_until_look t)) Due no_backtrace

and go_off _ t alarm =
  if Computation.is_canceled alarm then (
    let is_due =
      Mutex.protect t.lock (fun () ->
          if t.closed || t.timer.current != alarm then false
          else if is_early t then (
            arm t;
            false)
          else (
            (if t.timer.interval = 0 then (
               t.timer.due <- 0;
               t.timer.current <- Computation.finished)
             else
               let now = t.clock.now () in
               let behind = max 0 (now - t.timer.due) / t.timer.interval in
               t.timer.due <- t.timer.due + ((behind + 1) * t.timer.interval));
            true))
    in
    if is_due then (
      t.expire ();
      Mutex.protect t.lock (fun () -> if (not t.closed) && t.timer.current == alarm && t.timer.due <> 0 then arm t)))

let left t = if t.timer.due = 0 then 0 else max 1 (t.timer.due - t.clock.now ())
let get t = Mutex.protect t.lock (fun () -> (left t, t.timer.interval))

let drop t =
  let alarm = t.timer.current in
  t.timer.current <- Computation.finished;
  t.timer.due <- 0;
  alarm

let set t ~due ~interval =
  let alarm, before =
    Mutex.protect t.lock (fun () ->
        let before = (left t, t.timer.interval) in
        let alarm = drop t in
        t.timer.interval <- interval;
        if due > 0 && not t.closed then (
          t.timer.due <- due;
          arm t);
        (alarm, before))
  in
  Computation.finish alarm;
  before

let close t =
  let alarm =
    Mutex.protect t.lock (fun () ->
        t.closed <- true;
        drop t)
  in
  Computation.finish alarm
