(* SPDX-License-Identifier: ISC *)

open Picos_std_awaitable

(* The number of fibers that share it; [frozen] more when it is frozen; or one of the other two. Readers never wait for
   readers, so all who wait have seen either a writer or, being writers, some readers. *)
type t = int Awaitable.t

exception Poisoned
exception Frozen

let writer = -1
let poisoned = -2
let frozen = 1 lsl (Sys.int_size - 3)
let create ?padded () = Awaitable.make ?padded 0
let is_locked_shared t = Awaitable.get t > 0
let is_locked t = Awaitable.get t < 0
let is_poisoned t = Awaitable.get t = poisoned
let is_frozen t = Awaitable.get t >= frozen

let rec try_acquire_shared t =
  let before = Awaitable.get t in
  if before = poisoned then raise Poisoned;
  before <> writer && (Awaitable.compare_and_set t before (before + 1) || try_acquire_shared t)

let rec acquire_shared t =
  if not (try_acquire_shared t) then begin
    Awaitable.await t writer;
    acquire_shared t
  end

(* If somebody else is quicker than the writer that is woken, the next release wakes again. *)
let rec release_shared t =
  let before = Awaitable.get t in
  if before > 0 && before <> frozen then
    if not (Awaitable.compare_and_set t before (before - 1)) then release_shared t
    else if before = 1 then Awaitable.signal t

let rec acquire t =
  let before = Awaitable.get t in
  if before = poisoned then raise Poisoned;
  if before >= frozen then raise Frozen;
  if before <> 0 then begin
    Awaitable.await t before;
    acquire t
  end
  else if not (Awaitable.compare_and_set t 0 writer) then acquire t

let rec try_acquire t =
  let before = Awaitable.get t in
  if before = poisoned then raise Poisoned;
  if before >= frozen then raise Frozen;
  before = 0 && (Awaitable.compare_and_set t 0 writer || try_acquire t)

let release t = if Awaitable.compare_and_set t writer 0 then Awaitable.broadcast t

let poison t =
  if not (Awaitable.compare_and_set t writer poisoned) then invalid_arg "Rwlock.poison: not held";
  Awaitable.broadcast t

let rec freeze t =
  let before = Awaitable.get t in
  if before = poisoned then raise Poisoned;
  if before = writer then begin
    Awaitable.await t writer;
    freeze t
  end
  else if before < frozen then
    if Awaitable.compare_and_set t before (before + frozen) then Awaitable.broadcast t else freeze t

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

(* A wait for a condition may have ended without the lock: poisoned or frozen by another. *)
let holding t body =
  scope t body ~after_exception:(fun t ->
      if Awaitable.compare_and_set t writer poisoned then Awaitable.broadcast t)

let sharing t body =
  acquire_shared t;
  match body () with
  | value ->
      release_shared t;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      release_shared t;
      Printexc.raise_with_backtrace exn bt

module Condition = struct
  type lock = t

  include Conditions

  let wait_shared t lock = wait t ~release:release_shared ~acquire:acquire_shared lock
  let wait t lock = wait t ~release ~acquire lock
end
