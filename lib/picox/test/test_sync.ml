(* SPDX-License-Identifier: ISC *)

(* The laws of picos_std.sync. *)

open Picos
open Picos_std_structured
open Picos_std_event
open Picos_std_sync
open Picox_check.Check
open Everywhere

exception A

let bt = Printexc.get_callstack 0
let is_terminate exn = exn = Control.Terminate
let is_sys_error = function Sys_error _ -> true | _ -> false

(* In a fiber of its own, which is canceled. *)
let canceled body =
  let result = Computation.create () and computation = Computation.create () in
  Fiber.spawn (Fiber.create ~forbid:false computation) (fun fiber ->
      Computation.cancel computation A bt;
      Computation.capture result body fiber);
  Computation.await result

(* Nobody else is [inside] at any time. *)
let exclusively inside body =
  that "alone" (not (Atomic.exchange inside true));
  Fiber.yield ();
  let value = body () in
  Atomic.set inside false;
  value

(* [n] fibers take [acquire] one after another; every other one is terminated while it waits or holds; what they hold is
   given back by [protect]. In the end all others have had their turn, and it is free. *)
let survives_cancelation ~acquire ~release ~protect ~is_free =
  let had_turn = Atomic.make 0 and n = 10 in
  Bundle.join_after (fun bundle ->
      acquire ();
      let work () =
        protect (fun () ->
            Fiber.yield ();
            Atomic.incr had_turn)
      in
      let all = List.init n (fun i -> (i, Bundle.fork_as_promise bundle work)) in
      yields 3;
      List.iter (fun (i, promise) -> if i land 1 = 0 then Promise.terminate promise) all;
      yields 1;
      release ();
      List.iter (fun (i, promise) -> if i land 1 = 1 then Promise.await promise) all);
  that "turns" (Atomic.get had_turn >= n / 2);
  that "free" (is_free ())

let mutexes () =
  law "mutex: excludes" (fun () ->
      let mutex = Mutex.create ~padded:true () and inside = Atomic.make false and count = ref 0 in
      Flock.join_after (fun () ->
          for i = 1 to 5 do
            Flock.fork (fun () ->
                let checked = i land 1 = 0 in
                for _ = 1 to 5 do
                  Mutex.protect ~checked mutex (fun () -> exclusively inside (fun () -> incr count))
                done)
          done);
      equal "count" 25 !count);
  law "mutex: survives cancelation" (fun () ->
      let mutex = Mutex.create () in
      survives_cancelation
        ~acquire:(fun () -> Mutex.lock mutex)
        ~release:(fun () -> Mutex.unlock mutex)
        ~protect:(fun body -> Mutex.protect mutex body)
        ~is_free:(fun () -> Mutex.try_lock mutex));
  law "mutex: knows its owner" (fun () ->
      let mutex = Mutex.create () in
      raises "unlocked" is_sys_error (fun () -> Mutex.unlock mutex);
      Mutex.lock mutex;
      that "try" (not (Mutex.try_lock mutex));
      raises "twice" is_sys_error (fun () -> Mutex.lock mutex);
      Flock.join_after (fun () ->
          Flock.fork (fun () ->
              that "try of another" (not (Mutex.try_lock mutex));
              raises "not the owner" is_sys_error (fun () -> Mutex.unlock mutex)));
      Mutex.unlock mutex;
      Mutex.lock ~checked:false mutex;
      Flock.join_after (fun () -> Flock.fork (fun () -> Mutex.unlock mutex));
      canceled (fun _ ->
          raises "canceled" (( = ) A) (fun () -> Mutex.lock mutex);
          raises "canceled" (( = ) A) (fun () -> Mutex.try_lock mutex));
      that "free" (Mutex.try_lock mutex);
      canceled (fun fiber ->
          Fiber.forbid fiber (fun () ->
              let other = Mutex.create () in
              Mutex.lock other;
              Fiber.permit fiber (fun () -> Mutex.unlock other);
              that "unlocked though canceled" (Mutex.try_lock other))));
  test "mutex: first come, first served" (fun () ->
      Picos_mux_fifo.run (fun () ->
          let mutex = Mutex.create () and order = ref [] in
          Flock.join_after (fun () ->
              Mutex.lock mutex;
              for i = 1 to 5 do
                Flock.fork (fun () -> Mutex.protect mutex (fun () -> order := i :: !order))
              done;
              yields 2;
              Mutex.unlock mutex;
              (* It is handed over: who comes now is the last. *)
              Mutex.protect mutex (fun () -> order := 6 :: !order));
          that "order" (!order = [ 6; 5; 4; 3; 2; 1 ])))

let conditions () =
  law "condition: a bounded buffer" (fun () ->
      let mutex = Mutex.create () and changed = Condition.create () and buffer = Queue.create () in
      let rec until holds = if not (holds ()) then (Condition.wait changed mutex; until holds) in
      let sum = ref 0 and each = 10 in
      Flock.join_after (fun () ->
          for i = 1 to 3 do
            Flock.fork (fun () ->
                for _ = 1 to each do
                  Mutex.protect mutex (fun () ->
                      until (fun () -> Queue.length buffer < 2);
                      Queue.push i buffer;
                      Condition.broadcast changed)
                done);
            Flock.fork (fun () ->
                for _ = 1 to each do
                  Mutex.protect mutex (fun () ->
                      until (fun () -> not (Queue.is_empty buffer));
                      sum := !sum + Queue.pop buffer;
                      Condition.broadcast changed)
                done)
          done);
      equal "sum" (each * 6) !sum);
  law "condition: a canceled fiber passes its signal on, and holds the mutex" (fun () ->
      let mutex = Mutex.create () and condition = Condition.create () in
      let waiting = Atomic.make 0 and woken = Atomic.make 0 in
      let wait () =
        Mutex.lock mutex;
        Atomic.incr waiting;
        match Condition.wait condition mutex with
        | () ->
            Atomic.incr woken;
            Mutex.unlock mutex
        | exception exn ->
            Mutex.unlock mutex;
            raise exn
      in
      Bundle.join_after (fun bundle ->
          let first = Bundle.fork_as_promise bundle wait in
          while Atomic.get waiting < 1 do Fiber.yield () done;
          Bundle.fork bundle wait;
          while Atomic.get waiting < 2 do Fiber.yield () done;
          (* Both wait: they have given the mutex free. *)
          Mutex.lock mutex;
          Condition.signal condition;
          Promise.terminate first;
          Mutex.unlock mutex);
      that "one at least" (Atomic.get woken >= 1));
  law "condition: needs the mutex" (fun () ->
      let mutex = Mutex.create () and condition = Condition.create () in
      raises "unlocked" is_sys_error (fun () -> Condition.wait condition mutex);
      let woken = Atomic.make false in
      Flock.join_after (fun () ->
          let waits = Atomic.make false in
          Flock.fork (fun () ->
              Mutex.protect mutex (fun () ->
                  Atomic.set waits true;
                  Condition.wait condition mutex);
              Atomic.set woken true);
          while not (Atomic.get waits) do Fiber.yield () done;
          (* A signal is not lost on the one that failed. *)
          Mutex.protect mutex (fun () -> Condition.signal condition));
      that "woken" (Atomic.get woken))

let semaphores () =
  law "semaphore: lets in as many as it counts" (fun () ->
      let semaphore = Semaphore.Counting.make 2 and inside = Atomic.make 0 and most = Atomic.make 0 in
      Flock.join_after (fun () ->
          for _ = 1 to 6 do
            Flock.fork (fun () ->
                Semaphore.Counting.acquire semaphore;
                let now = Atomic.fetch_and_add inside 1 + 1 in
                if now > Atomic.get most then Atomic.set most now;
                that "two at most" (now <= 2);
                Fiber.yield ();
                Atomic.decr inside;
                Semaphore.Counting.release semaphore)
          done);
      equal "count" 2 (Semaphore.Counting.get_value semaphore));
  law "semaphore: survives cancelation" (fun () ->
      let open Semaphore.Counting in
      let semaphore = make 1 in
      let protect body =
        acquire semaphore;
        Fun.protect body ~finally:(fun () -> release semaphore)
      in
      survives_cancelation
        ~acquire:(fun () -> acquire semaphore)
        ~release:(fun () -> release semaphore)
        ~protect
        ~is_free:(fun () -> get_value semaphore = 1));
  law "binary semaphore: survives cancelation" (fun () ->
      let open Semaphore.Binary in
      let semaphore = make true in
      let protect body =
        acquire semaphore;
        Fun.protect body ~finally:(fun () -> release semaphore)
      in
      survives_cancelation
        ~acquire:(fun () -> acquire semaphore)
        ~release:(fun () -> release semaphore)
        ~protect
        ~is_free:(fun () -> try_acquire semaphore && not (try_acquire semaphore)));
  law "semaphore: bounds" (fun () ->
      raises "negative" is_invalid (fun () -> Semaphore.Counting.make (-1));
      let full = Semaphore.Counting.make ~padded:true max_int in
      raises "overflow" is_sys_error (fun () -> Semaphore.Counting.release full);
      equal "full" max_int (Semaphore.Counting.get_value full);
      that "try" (not (Semaphore.Counting.try_acquire (Semaphore.Counting.make 0)));
      let binary = Semaphore.Binary.make false in
      that "none" (not (Semaphore.Binary.try_acquire binary));
      Semaphore.Binary.release binary;
      Semaphore.Binary.release binary;
      that "one" (Semaphore.Binary.try_acquire binary);
      that "not two" (not (Semaphore.Binary.try_acquire binary)));
  test "semaphore: first come, first served" (fun () ->
      Picos_mux_fifo.run (fun () ->
          let semaphore = Semaphore.Counting.make 0 and order = ref [] in
          Flock.join_after (fun () ->
              for i = 1 to 4 do
                Flock.fork (fun () ->
                    Semaphore.Counting.acquire semaphore;
                    order := i :: !order)
              done;
              yields 2;
              for _ = 1 to 4 do Semaphore.Counting.release semaphore done;
              that "handed over" (not (Semaphore.Counting.try_acquire semaphore)));
          that "order" (!order = [ 4; 3; 2; 1 ])))

(* A fiber that waits alone is let in and then terminated, before it has run: what it was given is free again. *)
let given_to_the_canceled () =
  let passes_on name acquire release is_free =
    test (name ^ ": passes from a canceled fiber to nobody") (fun () ->
        Picos_mux_fifo.run (fun () ->
            Bundle.join_after (fun bundle ->
                let waiter = Bundle.fork_as_promise bundle acquire in
                yields 2;
                release ();
                Promise.terminate waiter);
            that "free" (is_free ())))
  in
  let counting = Semaphore.Counting.make 0 in
  Semaphore.Counting.(
    passes_on "semaphore" (fun () -> acquire counting) (fun () -> release counting) (fun () -> get_value counting = 1));
  let binary = Semaphore.Binary.make false in
  Semaphore.Binary.(
    passes_on "binary semaphore" (fun () -> acquire binary) (fun () -> release binary) (fun () -> try_acquire binary));
  let sem = Sem.create 0 in
  Sem.(passes_on "sem" (fun () -> acquire sem) (fun () -> release sem) (fun () -> get_value sem = 1));
  let mutex = Mutex.create () in
  test "mutex: passes from a canceled fiber to nobody" (fun () ->
      Picos_mux_fifo.run (fun () ->
          Mutex.lock mutex;
          Bundle.join_after (fun bundle ->
              let waiter = Bundle.fork_as_promise bundle (fun () -> Mutex.lock mutex) in
              yields 2;
              Mutex.unlock mutex;
              Promise.terminate waiter);
          that "free" (Mutex.try_lock mutex)))

let lazies () =
  law "lazy: forced once, for all" (fun () ->
      let runs = Atomic.make 0 in
      let suspension = Lazy.from_fun (fun () -> Fiber.yield (); Atomic.incr runs; Fiber.yield (); 42) in
      that "not yet" (not (Lazy.is_val suspension));
      Flock.join_after (fun () ->
          for _ = 1 to 5 do
            Flock.fork (fun () -> equal "value" 42 (Lazy.force suspension))
          done);
      equal "runs" 1 (Atomic.get runs);
      that "now" (Lazy.is_val suspension));
  law "lazy: an exception stays, for all" (fun () ->
      let runs = Atomic.make 0 in
      let suspension = Lazy.from_fun (fun () -> Atomic.incr runs; Fiber.yield (); raise A) in
      Flock.join_after (fun () ->
          for _ = 1 to 3 do
            Flock.fork (fun () -> raises "A" (( = ) A) (fun () -> Lazy.force suspension))
          done);
      equal "runs" 1 (Atomic.get runs);
      that "no value" (not (Lazy.is_val suspension)));
  law "lazy: undefined, canceled, mapped" (fun () ->
      let rec self = lazy (Lazy.from_fun (fun () -> Lazy.force (Stdlib.Lazy.force self) + 1)) in
      raises "itself" (( = ) Lazy.Undefined) (fun () -> Lazy.force (Stdlib.Lazy.force self));
      let suspension = Lazy.from_fun (fun () -> 1) in
      canceled (fun _ -> raises "not begun" (( = ) A) (fun () -> Lazy.force suspension));
      let later = Lazy.map_val succ suspension in
      that "not forced" (not (Lazy.is_val suspension || Lazy.is_val later));
      equal "later" 2 (Lazy.force later);
      that "forced" (Lazy.is_val suspension);
      that "at once" (Lazy.is_val (Lazy.map_val succ suspension));
      that "map is late" (not (Lazy.is_val (Lazy.map succ suspension)));
      equal "mapped" 6 (Lazy.force_val (Lazy.map succ (Lazy.from_val 5)));
      canceled (fun fiber ->
          Fiber.forbid fiber (fun () ->
              raises "during" (( = ) A) (fun () ->
                  Lazy.force (Lazy.from_fun (fun () -> Fiber.permit fiber Fiber.yield))))))

let latches () =
  law "latch: waits for tasks that make tasks" (fun () ->
      let latch = Latch.create ~padded:true 1 and ended = Atomic.make 0 in
      Flock.join_after (fun () ->
          let rec task depth () =
            Fiber.yield ();
            if depth > 0 then
              for _ = 1 to 2 do
                Latch.incr latch;
                Flock.fork (task (depth - 1))
              done;
            Atomic.incr ended;
            Latch.decr latch
          in
          Flock.fork (task 3);
          Latch.await latch;
          equal "ended" 15 (Atomic.get ended);
          Event.sync (Latch.await_evt latch)));
  law "latch: zero is final" (fun () ->
      raises "negative" is_invalid (fun () -> Latch.create (-1));
      let latch = Latch.create 0 in
      Latch.await latch;
      that "no more" (not (Latch.try_incr latch || Latch.try_decr latch));
      raises "decr" is_invalid (fun () -> Latch.decr latch);
      raises "incr" is_invalid (fun () -> Latch.incr latch);
      let two = Latch.create 2 in
      that "one" (Latch.try_decr two && Latch.try_incr two && Latch.try_decr two && Latch.try_decr two);
      that "end" (not (Latch.try_decr two));
      Latch.await two;
      raises "canceled" is_terminate (fun () ->
          Bundle.join_after (fun bundle ->
              Bundle.terminate bundle;
              Latch.await (Latch.create 1))))

let variables () =
  law "ivar: assigned once" (fun () ->
      let ivar = Ivar.create () in
      that "none" (Ivar.peek_opt ivar = None);
      Flock.join_after (fun () ->
          for _ = 1 to 3 do
            Flock.fork (fun () -> equal "read" 5 (Ivar.read ivar))
          done;
          Flock.fork (fun () -> equal "event" 5 (Event.select [ Ivar.read_evt (Ivar.create ()); Ivar.read_evt ivar ]));
          Fiber.yield ();
          that "first" (Ivar.try_fill ivar 5);
          that "second" (not (Ivar.try_fill ivar 6));
          that "too late" (not (Ivar.try_poison ivar A));
          Ivar.fill ivar 7;
          Ivar.poison ivar A);
      that "some" (Ivar.peek_opt ivar = Some 5);
      equal "made full" 8 (Ivar.read (Ivar.of_value 8)));
  law "ivar: poisoned" (fun () ->
      let ivar = Ivar.create () in
      Flock.join_after (fun () ->
          Flock.fork (fun () -> raises "read" (( = ) A) (fun () -> Ivar.read ivar));
          Fiber.yield ();
          that "first" (Ivar.try_poison_at ivar A bt);
          that "too late" (not (Ivar.try_fill ivar 6)));
      raises "peek" (( = ) A) (fun () -> Ivar.peek_opt ivar);
      raises "event" (( = ) A) (fun () -> Event.sync (Ivar.read_evt ivar));
      let other = Ivar.create () in
      Ivar.poison_at other Exit bt;
      Ivar.poison ~callstack:5 other A;
      raises "other" (( = ) Exit) (fun () -> Ivar.read other))

let streams () =
  law "stream: every reader sees all, in one order" (fun () ->
      let stream = Stream.create ~padded:true () and writers = 3 and each = 10 in
      let total = writers * each in
      let rec take n cursor = if n = 0 then [] else
        let value, next = Stream.read cursor in
        value :: take (n - 1) next
      in
      let seen = Array.make 3 [] in
      Flock.join_after (fun () ->
          for r = 0 to 2 do
            let cursor = Stream.tap stream in
            Flock.fork (fun () -> seen.(r) <- take total cursor)
          done;
          for w = 0 to writers - 1 do
            Flock.fork (fun () ->
                for i = 0 to each - 1 do
                  Stream.push stream ((w * each) + i);
                  if i land 3 = 0 then Fiber.yield ()
                done)
          done);
      that "the same" (seen.(0) = seen.(1) && seen.(1) = seen.(2));
      that "all" (List.sort compare seen.(0) = List.init total Fun.id);
      for w = 0 to writers - 1 do
        let own = List.filter (fun value -> value / each = w) seen.(0) in
        that "in the writer's order" (own = List.sort compare own)
      done);
  law "stream: cursors and poison" (fun () ->
      let stream = Stream.create () in
      Stream.push stream 0;
      let cursor = Stream.tap stream in
      that "nothing yet" (Stream.peek_opt cursor = None);
      Flock.join_after (fun () ->
          Flock.fork (fun () -> equal "event" 1 (fst (Event.sync (Stream.read_evt cursor))));
          Fiber.yield ();
          Stream.push stream 1;
          Stream.push stream 2);
      let one, next = Stream.read cursor in
      let two, last = Option.get (Stream.peek_opt next) in
      that "values" (one = 1 && two = 2);
      Flock.join_after (fun () ->
          Flock.fork (fun () -> raises "waits" (( = ) A) (fun () -> Stream.read last));
          Fiber.yield ();
          Stream.poison stream A;
          Stream.poison_at stream Exit bt);
      raises "push" (( = ) A) (fun () -> Stream.push stream 3);
      raises "peek" (( = ) A) (fun () -> Stream.peek_opt last);
      equal "the past stays" 2 (fst (Stream.read next)));
  test "stream: what no cursor reaches is let go" (fun () ->
      let stream = Stream.create () and weak = Weak.create 1 in
      let push () =
        let value = Bytes.create 100 in
        Weak.set weak 0 (Some value);
        Stream.push stream value
      in
      push ();
      Gc.full_major ();
      that "gone" (not (Weak.check weak 0));
      Stream.push stream Bytes.empty)

let add () =
  mutexes ();
  conditions ();
  semaphores ();
  given_to_the_canceled ();
  lazies ();
  latches ();
  variables ();
  streams ();
  Poisonable.add ()
