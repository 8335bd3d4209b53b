(* SPDX-License-Identifier: ISC *)

(* Nobody wakes, or comes to wait, between a look at a word and what is done because of it. *)

open Process

let place = 4096

(* Another thread cannot do anything to the table while the word is looked at. *)
let looks_under_the_lock () =
  let t = Futexes.create () and into = Futexes.create () in
  let done_ = Atomic.make false and was_done = ref false in
  let other () =
    ignore (Futexes.wake t place ~bits:Futexes.all_bits 1);
    Atomic.set done_ true
  in
  let thread = ref None in
  let read () =
    thread := Some (Thread.create other ());
    Thread.delay 0.05;
    was_done := Atomic.get done_;
    7
  in
  let answer = Futexes.move t place ~expected:7 ~read ~wake:1 ~into:(into, place) 1 in
  Option.iter Thread.join !thread;
  Law.check "the word is looked at under the lock" (answer = 0 && (not !was_done) && Atomic.get done_)

let answers () =
  let t = Futexes.create () in
  let move ?expected value = Futexes.move t place ?expected ~read:(fun () -> value) ~wake:1 ~into:(t, place + 4) 1 in
  Law.check "another word" (move ~expected:7 8 = Errno.eagain);
  Law.check "none" (move ~expected:7 min_int = Errno.efault);
  Law.check "any word" (move 8 = 0 && move min_int = 0)

let () =
  looks_under_the_lock ();
  answers ();
  Law.finish "futex_tables"
