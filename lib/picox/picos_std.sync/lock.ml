(* SPDX-License-Identifier: ISC *)

open Picos_std_awaitable

type state = Unlocked | Locked | Poisoned_for_ever
type t = state Awaitable.t

exception Poisoned

let create ?padded () = Awaitable.make ?padded Unlocked

let rec acquire t =
  match Awaitable.get t with
  | Poisoned_for_ever -> raise Poisoned
  | Unlocked -> if not (Awaitable.compare_and_set t Unlocked Locked) then acquire t
  | Locked ->
      Awaitable.await t Locked;
      acquire t

let rec try_acquire t =
  match Awaitable.get t with
  | Poisoned_for_ever -> raise Poisoned
  | Locked -> false
  | Unlocked -> Awaitable.compare_and_set t Unlocked Locked || try_acquire t

(* If somebody else is quicker than the one that is woken, the next release wakes again. *)
let release t = if Awaitable.compare_and_set t Locked Unlocked then Awaitable.signal t

let poison t =
  if not (Awaitable.compare_and_set t Locked Poisoned_for_ever) then invalid_arg "Lock.poison: not held";
  Awaitable.broadcast t

let is_locked t = Awaitable.get t <> Unlocked
let is_poisoned t = Awaitable.get t = Poisoned_for_ever

let scope t body ~after_exception =
  acquire t;
  match body () with
  | value ->
      release t;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      after_exception t;
      Printexc.raise_with_backtrace exn bt

let protect t body = scope t body ~after_exception:release

(* A wait for a condition may have ended with the lock poisoned by another. *)
let holding t body = scope t body ~after_exception:(fun t -> if not (is_poisoned t) then poison t)

module Condition = struct
  type lock = t

  include Conditions

  let wait t lock = wait t ~release ~acquire lock
end
