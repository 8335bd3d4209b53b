(* SPDX-License-Identifier: ISC *)

open Picos
module Backoff = Picox_backoff

type waiter = { trigger : Trigger.t; fiber : Fiber.Maybe.t }

(* An owner that is nothing has not been asked for. *)
type state = Unlocked | Locked of { owner : Fiber.Maybe.t; waiters : waiter Fifo.t }
type t = state Atomic.t

let create ?padded () = Picox_padding.if_padded padded (Atomic.make Unlocked)
let owned_already () = raise (Sys_error "Mutex: locked by this fiber")
let not_owner () = raise (Sys_error "Mutex: not locked by this fiber")

(* Gives the mutex, which is locked, to who is next. *)
let rec pass_on t ~is_owner backoff =
  match Atomic.get t with
  | Unlocked -> not_owner ()
  | Locked { owner; waiters } as before ->
      if not (is_owner owner) then not_owner ();
      let retry () = pass_on t ~is_owner (Backoff.once backoff) in
      (match Fifo.pop waiters with
      | None -> if not (Atomic.compare_and_set t before Unlocked) then retry ()
      | Some ({ trigger; fiber }, waiters) ->
          if Atomic.compare_and_set t before (Locked { owner = fiber; waiters }) then Trigger.signal trigger
          else retry ())

let unlock ?checked t =
  let fiber = Fiber.Maybe.current_if checked in
  pass_on t ~is_owner:(fun owner -> Fiber.Maybe.equal fiber owner) Backoff.default

(* The waiter is canceled: it leaves the queue, or has been given the mutex in the meantime. *)
let rec give_up t waiter =
  let pass_on () = pass_on t ~is_owner:(fun _ -> true) Backoff.default in
  match Atomic.get t with
  | Unlocked -> not_owner ()
  | Locked { owner; waiters } as before -> (
      match Fifo.remove waiters waiter with
      | None -> pass_on ()
      | Some waiters -> if not (Atomic.compare_and_set t before (Locked { owner; waiters })) then give_up t waiter)

let rec lock_as t fiber backoff =
  match Atomic.get t with
  | Unlocked ->
      if not (Atomic.compare_and_set t Unlocked (Locked { owner = fiber; waiters = Fifo.empty })) then
        lock_as t fiber (Backoff.once backoff)
  | Locked { owner; waiters } as before ->
      if not (Fiber.Maybe.unequal fiber owner) then owned_already ();
      let waiter = { trigger = Trigger.create (); fiber } in
      if Atomic.compare_and_set t before (Locked { owner; waiters = Fifo.push waiters waiter }) then begin
        match Trigger.await waiter.trigger with
        | None -> ()
        | Some (exn, bt) ->
            give_up t waiter;
            Printexc.raise_with_backtrace exn bt
      end
      else lock_as t fiber (Backoff.once backoff)

let lock ?checked t = lock_as t (Fiber.Maybe.current_and_check_if checked) Backoff.default

let try_lock ?checked t =
  let fiber = Fiber.Maybe.current_and_check_if checked in
  Atomic.get t == Unlocked && Atomic.compare_and_set t Unlocked (Locked { owner = fiber; waiters = Fifo.empty })

let protect ?checked t body =
  lock ?checked t;
  match body () with
  | value ->
      unlock ?checked t;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      unlock ?checked t;
      Printexc.raise_with_backtrace exn bt
