(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type waiter = { mutable address : int; mutable woken : bool; bits : int; queue : Wait.queue }
type t = { lock : Mutex.t; mutable waiters : waiter list (* the longest first *) }

let create () = { lock = Mutex.create (); waiters = [] }
let leave t waiter = Mutex.protect t.lock (fun () -> t.waiters <- List.filter (fun w -> w != waiter) t.waiters)
let all_bits = 0xffffffff

let wait t sleeper address ~bits ~expected ~read ~deadline =
  let entered =
    Mutex.protect t.lock (fun () ->
        let now = read () in
        if now = min_int then Error Errno.efault
        else if now <> expected then Error Errno.eagain
        else
          let waiter = { address; woken = false; bits; queue = Wait.queue () } in
          t.waiters <- t.waiters @ [ waiter ];
          Ok waiter)
  in
  match entered with
  | Error error -> error
  | Ok waiter -> (
      let outcome = Wait.until sleeper ~deadline [ waiter.queue ] (fun () -> waiter.woken) in
      leave t waiter;
      (* One that was woken meanwhile was. *)
      if waiter.woken then 0
      else match outcome with Ready -> 0 | Stopped -> Errno.eintr | Late -> Errno.etimedout)

let wake_waiter waiter =
  waiter.woken <- true;
  Wait.wake waiter.queue

let locked_wake t address ~bits count =
  let woken = ref 0 in
  let stays waiter =
    if waiter.address <> address || waiter.bits land bits = 0 || !woken >= count then true
    else (
      incr woken;
      wake_waiter waiter;
      false)
  in
  t.waiters <- List.filter stays t.waiters;
  !woken

let wake t address ~bits count = Mutex.protect t.lock (fun () -> locked_wake t address ~bits count)

let move t address ~wake ~into count =
  Mutex.protect t.lock (fun () ->
      let woken = locked_wake t address ~bits:all_bits wake in
      let moved = ref 0 in
      List.iter
        (fun waiter ->
          if waiter.address = address && !moved < count then (
            incr moved;
            waiter.address <- into))
        t.waiters;
      woken + !moved)
