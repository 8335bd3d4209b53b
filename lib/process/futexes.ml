(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type t = { rank : int; lock : Mutex.t; mutable waiters : waiter list (* the longest first *) }

(* Its table changes under the locks of both. *)
and waiter = { mutable table : t; mutable address : int; mutable woken : bool; bits : int; queue : Wait.queue }

let ranks = Atomic.make 0
let create () = { rank = Atomic.fetch_and_add ranks 1; lock = Mutex.create (); waiters = [] }
let drop t waiter = t.waiters <- List.filter (fun other -> other != waiter) t.waiters

(* It may be moved until the lock is held. *)
let rec leave waiter =
  let t = waiter.table in
  let has_left =
    Mutex.protect t.lock (fun () ->
        let is_here = waiter.table == t in
        if is_here then drop t waiter;
        is_here)
  in
  if not has_left then leave waiter

let all_bits = 0xffffffff

(* Under the lock. *)
let compare ~read expected =
  let now = read () in
  if now = min_int then Errno.efault else if now <> expected then Errno.eagain else 0

let wait t sleeper address ~bits ~expected ~read ~deadline =
  let entered =
    Mutex.protect t.lock (fun () ->
        match compare ~read expected with
        | error when error < 0 -> Error error
        | _ ->
          let waiter = { table = t; address; woken = false; bits; queue = Wait.queue () } in
          t.waiters <- t.waiters @ [ waiter ];
          Ok waiter)
  in
  match entered with
  | Error error -> error
  | Ok waiter -> (
      let outcome = Wait.until sleeper ~deadline [ waiter.queue ] (fun () -> waiter.woken) in
      leave waiter;
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

(* The lower rank first, so that two who move against each other do not wait for each other. *)
let protect_both t into f =
  if t == into then Mutex.protect t.lock f
  else
    let first, second = if t.rank < into.rank then (t, into) else (into, t) in
    Mutex.protect first.lock (fun () -> Mutex.protect second.lock f)

let move t address ?expected ~read ~wake ~into:(into, place) count =
  let locked_move () =
    let woken = locked_wake t address ~bits:all_bits wake in
    let moved = ref 0 in
    let move_one waiter =
      if waiter.address = address && !moved < count then (
        incr moved;
        waiter.address <- place;
        if into != t then (
          drop t waiter;
          waiter.table <- into;
          into.waiters <- into.waiters @ [ waiter ]))
    in
    List.iter move_one t.waiters;
    woken + !moved
  in
  protect_both t into (fun () ->
      let answer = match expected with Some expected -> compare ~read expected | None -> 0 in
      if answer < 0 then answer else locked_move ())
