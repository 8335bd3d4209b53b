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

(* Whoever has had the mutex knows that the sleeper waits or has seen that it need not. It is not held at the signal, else
   the sleeper would wake only to wait for it. *)
let signal t =
  Mutex.lock t.mutex;
  Mutex.unlock t.mutex;
  Condition.signal t.condition

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
