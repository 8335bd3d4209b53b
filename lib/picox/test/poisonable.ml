(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_structured
open Picos_std_sync
open Picox_check.Check
open Everywhere

exception A

let is_sys_error = function Sys_error _ -> true | _ -> false

(* Ten fibers take turns, every other one is terminated. *)
let take_turns protect =
  let count = Atomic.make 0 and inside = Atomic.make false in
  Bundle.join_after (fun bundle ->
      let work () =
        for _ = 1 to 3 do
          protect (fun () ->
              that "alone" (not (Atomic.exchange inside true));
              Fun.protect ~finally:(fun () -> Atomic.set inside false) Fiber.yield;
              Atomic.incr count)
        done
      in
      let all = List.init 10 (fun i -> (i, Bundle.fork_as_promise bundle work)) in
      yields 5;
      List.iter (fun (i, promise) -> if i land 1 = 0 then Promise.terminate promise) all;
      List.iter (fun (i, promise) -> if i land 1 = 1 then Promise.await promise) all);
  that "turns" (Atomic.get count >= 15)

let locks () =
  law "lock: excludes, and survives cancelation" (fun () ->
      let lock = Lock.create ~padded:true () in
      take_turns (fun body -> Lock.protect lock body);
      that "free" (not (Lock.is_locked lock));
      that "try" (Lock.try_acquire lock && not (Lock.try_acquire lock));
      that "held" (Lock.is_locked lock);
      Lock.release lock;
      equal "value" 3 (Lock.holding lock (fun () -> 3));
      raises "A" (( = ) A) (fun () -> Lock.protect lock (fun () -> raise A));
      that "not poisoned" (not (Lock.is_poisoned lock)));
  law "lock: poison reaches those who wait" (fun () ->
      let lock = Lock.create () and poisoned = Atomic.make 0 in
      raises "not held" is_invalid (fun () -> Lock.poison lock);
      Lock.acquire lock;
      Flock.join_after (fun () ->
          for _ = 1 to 3 do
            Flock.fork (fun () -> try Lock.acquire lock with Lock.Poisoned -> Atomic.incr poisoned)
          done;
          yields 3;
          Lock.poison lock);
      equal "all" 3 (Atomic.get poisoned);
      raises "again" is_invalid (fun () -> Lock.poison lock);
      raises "try" (( = ) Lock.Poisoned) (fun () -> Lock.try_acquire lock);
      Lock.release lock;
      that "for ever" (Lock.is_poisoned lock && Lock.is_locked lock);
      let other = Lock.create () in
      raises "A" (( = ) A) (fun () -> Lock.holding other (fun () -> raise A));
      that "by an exception" (Lock.is_poisoned other));
  law "lock: conditions" (fun () ->
      let lock = Lock.create () and condition = Lock.Condition.create () and turn = ref 0 in
      Flock.join_after (fun () ->
          for i = 0 to 4 do
            Flock.fork (fun () ->
                Lock.holding lock (fun () ->
                    while !turn <> i do Lock.Condition.wait condition lock done;
                    incr turn;
                    Lock.Condition.broadcast condition))
          done);
      equal "turns" 5 !turn;
      (* Poisoned while it waits for the condition. *)
      let waits = Atomic.make false in
      Flock.join_after (fun () ->
          Flock.fork (fun () ->
              raises "poisoned" (( = ) Lock.Poisoned) (fun () ->
                  Lock.holding lock (fun () ->
                      Atomic.set waits true;
                      Lock.Condition.wait condition lock)));
          while not (Atomic.get waits) do Fiber.yield () done;
          Lock.acquire lock;
          Lock.poison lock;
          Lock.Condition.signal condition))

let rwlocks () =
  law "rwlock: readers share, a writer is alone" (fun () ->
      let lock = Rwlock.create ~padded:true () and readers = Atomic.make 0 and writers = Atomic.make 0 in
      let most = Atomic.make 0 in
      Flock.join_after (fun () ->
          for i = 0 to 7 do
            Flock.fork (fun () ->
                for _ = 1 to 4 do
                  if i land 3 = 0 then
                    Rwlock.holding lock (fun () ->
                        equal "one writer" 0 (Atomic.fetch_and_add writers 1);
                        Fiber.yield ();
                        equal "no readers" 0 (Atomic.get readers);
                        that "locked" (Rwlock.is_locked lock && not (Rwlock.is_locked_shared lock));
                        Atomic.decr writers)
                  else
                    Rwlock.sharing lock (fun () ->
                        Atomic.incr readers;
                        Fiber.yield ();
                        equal "no writer" 0 (Atomic.get writers);
                        if Atomic.get readers > Atomic.get most then Atomic.set most (Atomic.get readers);
                        that "shared" (Rwlock.is_locked_shared lock && not (Rwlock.is_locked lock));
                        Atomic.decr readers);
                  Fiber.yield ()
                done)
          done);
      that "free" (Rwlock.try_acquire lock && not (Rwlock.try_acquire_shared lock));
      Rwlock.release lock;
      that "twice" (Rwlock.try_acquire_shared lock && Rwlock.try_acquire_shared lock && not (Rwlock.try_acquire lock));
      Rwlock.release_shared lock;
      that "one is left" (Rwlock.is_locked_shared lock);
      Rwlock.release_shared lock;
      that "free" (not (Rwlock.is_locked_shared lock)));
  test "rwlock: readers are there together" (fun () ->
      Picos_mux_fifo.run (fun () ->
          let lock = Rwlock.create () and inside = ref 0 and most = ref 0 in
          Flock.join_after (fun () ->
              for _ = 1 to 5 do
                Flock.fork (fun () ->
                    Rwlock.sharing lock (fun () ->
                        incr inside;
                        most := max !most !inside;
                        Fiber.yield ();
                        decr inside))
              done);
          equal "at once" 5 !most));
  law "rwlock: excludes writers, and survives cancelation" (fun () ->
      let lock = Rwlock.create () in
      take_turns (fun body -> Rwlock.protect lock body);
      that "free" (not (Rwlock.is_locked lock));
      raises "A" (( = ) A) (fun () -> Rwlock.protect lock (fun () -> raise A));
      raises "A" (( = ) A) (fun () -> Rwlock.sharing lock (fun () -> raise A));
      that "free" (Rwlock.try_acquire lock));
  law "rwlock: poison reaches those who wait" (fun () ->
      let lock = Rwlock.create () and poisoned = Atomic.make 0 in
      let waits acquire =
        Flock.fork (fun () -> try acquire lock with Rwlock.Poisoned -> Atomic.incr poisoned)
      in
      raises "not held" is_invalid (fun () -> Rwlock.poison lock);
      Rwlock.acquire_shared lock;
      raises "only shared" is_invalid (fun () -> Rwlock.poison lock);
      Rwlock.release_shared lock;
      Rwlock.acquire lock;
      Flock.join_after (fun () ->
          List.iter waits [ Rwlock.acquire; Rwlock.acquire_shared; Rwlock.freeze; Rwlock.acquire; Rwlock.acquire_shared ];
          yields 3;
          Rwlock.poison lock);
      equal "all" 5 (Atomic.get poisoned);
      Rwlock.release lock;
      Rwlock.release_shared lock;
      that "for ever" (Rwlock.is_poisoned lock && Rwlock.is_locked lock && not (Rwlock.is_frozen lock));
      let other = Rwlock.create () in
      raises "A" (( = ) A) (fun () -> Rwlock.holding other (fun () -> raise A));
      that "by an exception" (Rwlock.is_poisoned other));
  law "rwlock: frozen, it has readers only" (fun () ->
      let lock = Rwlock.create () and frozen = Atomic.make 0 in
      Flock.join_after (fun () ->
          Rwlock.acquire_shared lock;
          for _ = 1 to 3 do
            Flock.fork (fun () -> try Rwlock.acquire lock with Rwlock.Frozen -> Atomic.incr frozen)
          done;
          yields 3;
          Rwlock.freeze lock);
      equal "writers" 3 (Atomic.get frozen);
      Rwlock.freeze lock;
      Rwlock.release_shared lock;
      that "frozen" (Rwlock.is_frozen lock && not (Rwlock.is_locked lock));
      equal "value" 3 (Rwlock.sharing lock (fun () -> 3));
      raises "try" (( = ) Rwlock.Frozen) (fun () -> Rwlock.try_acquire lock);
      raises "holding" (( = ) Rwlock.Frozen) (fun () -> Rwlock.holding lock ignore);
      (* Waits for the writer. *)
      let lock = Rwlock.create () and written = ref false in
      Flock.join_after (fun () ->
          Rwlock.acquire lock;
          Flock.fork (fun () ->
              Rwlock.freeze lock;
              that "after it" !written);
          yields 3;
          written := true;
          Rwlock.release lock));
  law "rwlock: conditions" (fun () ->
      let lock = Rwlock.create () and condition = Rwlock.Condition.create () and turn = ref 0 and seen = Atomic.make 0 in
      Flock.join_after (fun () ->
          for i = 0 to 3 do
            Flock.fork (fun () ->
                Rwlock.holding lock (fun () ->
                    while !turn <> i do Rwlock.Condition.wait condition lock done;
                    incr turn;
                    Rwlock.Condition.broadcast condition));
            Flock.fork (fun () ->
                Rwlock.sharing lock (fun () ->
                    while !turn < 4 do Rwlock.Condition.wait_shared condition lock done;
                    Atomic.incr seen))
          done);
      equal "turns" 4 !turn;
      equal "readers" 4 (Atomic.get seen);
      that "free" (not (Rwlock.is_locked lock || Rwlock.is_locked_shared lock)))

let semaphores () =
  law "sem: counts, and survives cancelation" (fun () ->
      let sem = Sem.create ~padded:true 1 in
      take_turns (fun body ->
          Sem.acquire sem;
          Fun.protect body ~finally:(fun () -> Sem.release sem));
      equal "count" 1 (Sem.get_value sem);
      that "try" (Sem.try_acquire sem && not (Sem.try_acquire sem));
      raises "negative" is_invalid (fun () -> Sem.create (-1));
      raises "overflow" is_sys_error (fun () -> Sem.release (Sem.create Sem.max_value)));
  law "sem: each release lets one go on" (fun () ->
      let sem = Sem.create 0 and gone_on = Atomic.make 0 in
      Flock.join_after (fun () ->
          for _ = 1 to 5 do
            Flock.fork (fun () ->
                Sem.acquire sem;
                Atomic.incr gone_on)
          done;
          yields 2;
          for _ = 1 to 5 do Sem.release sem done);
      equal "all" 5 (Atomic.get gone_on));
  law "sem: poison reaches those who wait" (fun () ->
      let sem = Sem.create 0 in
      Flock.join_after (fun () ->
          for _ = 1 to 3 do
            Flock.fork (fun () -> raises "poisoned" (( = ) Sem.Poisoned) (fun () -> Sem.acquire sem))
          done;
          yields 2;
          that "not yet" (not (Sem.is_poisoned sem));
          Sem.poison sem);
      Sem.release sem;
      that "for ever" (Sem.is_poisoned sem);
      equal "count" 0 (Sem.get_value sem);
      raises "try" (( = ) Sem.Poisoned) (fun () -> Sem.try_acquire sem))

let barriers () =
  law "barrier: nobody is a round ahead" (fun () ->
      let parties = 4 and rounds = 5 in
      let barrier = Barrier.create ~padded:true parties in
      let arrived = Array.init rounds (fun _ -> Atomic.make 0) in
      equal "parties" parties (Barrier.parties barrier);
      Flock.join_after (fun () ->
          for _ = 1 to parties do
            Flock.fork (fun () ->
                for round = 0 to rounds - 1 do
                  Atomic.incr arrived.(round);
                  Barrier.await barrier;
                  equal "all are there" parties (Atomic.get arrived.(round))
                done)
          done));
  law "barrier: poison" (fun () ->
      raises "none" is_invalid (fun () -> Barrier.create 0);
      Barrier.await (Barrier.create 1);
      let barrier = Barrier.create 3 in
      Bundle.join_after (fun bundle ->
          let first =
            Bundle.fork_as_promise bundle (fun () -> try Barrier.await barrier with Barrier.Poisoned -> ())
          in
          Bundle.fork bundle (fun () -> raises "the other" (( = ) Barrier.Poisoned) (fun () -> Barrier.await barrier));
          yields 3;
          (* Terminated before or while it waits: it poisons. *)
          Promise.terminate first);
      raises "later" (( = ) Barrier.Poisoned) (fun () -> Barrier.await barrier))

let add () =
  locks ();
  rwlocks ();
  semaphores ();
  barriers ()
