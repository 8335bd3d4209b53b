(* SPDX-License-Identifier: ISC *)

type t = { asleep : bool Atomic.t; mutex : Mutex.t; condition : Condition.t }

let create () = { asleep = Atomic.make false; mutex = Mutex.create (); condition = Condition.create () }
let announce t = Atomic.set t.asleep true
let withdraw t = Atomic.set t.asleep false
let is_asleep t = Atomic.get t.asleep

let park t =
  Mutex.protect t.mutex (fun () ->
      while Atomic.get t.asleep do
        Condition.wait t.condition t.mutex
      done)

let signal t = Mutex.protect t.mutex (fun () -> Condition.signal t.condition)

let wake t =
  Atomic.get t.asleep
  && Atomic.exchange t.asleep false
  && begin
       (try signal t
        with Sys_error _ ->
          (* A signal handler that runs between the lock and the sleep of this very thread, which holds the mutex: only
             another thread can wait until the sleep has begun. *)
          ignore (Thread.create signal t));
       true
     end
