(* SPDX-License-Identifier: ISC *)

type waiter = { mutable address : int; mutable woken : bool; condition : Condition.t }
type t = { lock : Mutex.t; mutable waiters : waiter list (* the longest first *) }

let create () = { lock = Mutex.create (); waiters = [] }
let leave t waiter = t.waiters <- List.filter (fun w -> w != waiter) t.waiters

(* A thread cannot wait for a condition and a moment at once: one that has a deadline looks again and again. *)
let pause = 0.001

let rec sleep t waiter ~deadline ~stop =
  if waiter.woken then 0
  else if stop () then (
    leave t waiter;
    Calls.eintr)
  else if deadline = max_int then (
    Condition.wait waiter.condition t.lock;
    sleep t waiter ~deadline ~stop)
  else if Vcpu.now () >= deadline then (
    leave t waiter;
    Calls.etimedout)
  else (
    Mutex.unlock t.lock;
    Thread.delay pause;
    Mutex.lock t.lock;
    sleep t waiter ~deadline ~stop)

let wait t address ~expected ~read ~deadline ~stop =
  Mutex.protect t.lock (fun () ->
      let now = read () in
      if now = min_int then Calls.efault
      else if now <> expected then Calls.eagain
      else
        let waiter = { address; woken = false; condition = Condition.create () } in
        t.waiters <- t.waiters @ [ waiter ];
        sleep t waiter ~deadline ~stop)

let wake_waiter waiter =
  waiter.woken <- true;
  Condition.signal waiter.condition

let locked_wake t address count =
  let woken = ref 0 in
  let stays waiter =
    if waiter.address <> address || !woken >= count then true
    else (
      incr woken;
      wake_waiter waiter;
      false)
  in
  t.waiters <- List.filter stays t.waiters;
  !woken

let wake t address count = Mutex.protect t.lock (fun () -> locked_wake t address count)

let move t address ~wake ~into count =
  Mutex.protect t.lock (fun () ->
      let woken = locked_wake t address wake in
      let moved = ref 0 in
      List.iter
        (fun waiter ->
          if waiter.address = address && !moved < count then (
            incr moved;
            waiter.address <- into))
        t.waiters;
      woken + !moved)

let wake_all t = Mutex.protect t.lock (fun () -> List.iter (fun waiter -> Condition.signal waiter.condition) t.waiters)
