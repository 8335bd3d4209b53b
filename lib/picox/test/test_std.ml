(* SPDX-License-Identifier: ISC *)

(* The laws of picos_std.{structured,event,finally,awaitable}, on the FIFO scheduler. *)

open Picos
open Picos_std_structured
open Picos_std_event
open Picos_std_awaitable
open Picos_std_finally
open Picox_check.Check

exception A
exception B

let law name body = test name (fun () -> Picos_mux_fifo.run body)
let is_terminate exn = exn = Control.Terminate

let structured () =
  law "bundle: waits for all fibers" (fun () ->
      let ended = ref 0 in
      Bundle.join_after (fun bundle ->
          for _ = 1 to 10 do
            Bundle.fork bundle (fun () ->
                Control.yield ();
                incr ended)
          done);
      equal "ended" 10 !ended);
  law "bundle: terminates on return when asked" (fun () ->
      let released = ref false in
      Bundle.join_after ~on_return:`Terminate (fun bundle ->
          Bundle.fork bundle (fun () -> Fun.protect ~finally:(fun () -> released := true) Control.block);
          Control.yield ());
      that "released" !released);
  law "bundle: one error is raised, and cancels the others" (fun () ->
      let canceled = ref false in
      raises "A" (( = ) A) (fun () ->
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () ->
                  try Control.block ()
                  with exn ->
                    canceled := true;
                    raise exn);
              Bundle.fork bundle (fun () ->
                  Control.yield ();
                  raise A)));
      that "canceled" !canceled);
  law "bundle: several errors come together" (fun () ->
      let both = function
        | Control.Errors errors -> List.sort compare (List.map fst errors) = List.sort compare [ A; B ]
        | _ -> false
      in
      raises "Errors" both (fun () ->
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () -> try Control.block () with _ -> raise B);
              Bundle.fork bundle (fun () ->
                  Control.yield ();
                  raise A))));
  law "bundle: no fork after the end" (fun () ->
      let kept = ref None in
      Bundle.join_after (fun bundle -> kept := Some bundle);
      raises "ended" is_invalid (fun () -> Bundle.fork (Option.get !kept) ignore);
      raises "terminated" is_terminate (fun () ->
          Bundle.join_after (fun bundle ->
              Bundle.terminate bundle;
              Bundle.fork bundle ignore)));
  law "bundle: the same computation outside again" (fun () ->
      let fiber = Fiber.current () in
      let before = Fiber.get_computation fiber in
      Bundle.join_after (fun _ -> that "another inside" (Fiber.get_computation fiber != before));
      that "physically the same" (Fiber.get_computation fiber == before));
  law "promise: gives the value, or what was raised" (fun () ->
      Bundle.join_after (fun bundle -> equal "value" 42 (Promise.await (Bundle.fork_as_promise bundle (fun () -> 42))));
      that "not running" (not (Promise.is_running (Promise.of_value ()))));
  law "promise: terminating it cancels its fiber alone" (fun () ->
      Bundle.join_after (fun bundle ->
          let first = Bundle.fork_as_promise bundle Control.block in
          let second =
            Bundle.fork_as_promise bundle (fun () ->
                Control.yield ();
                7)
          in
          Control.yield ();
          that "won" (Promise.try_terminate first);
          that "once" (not (Promise.try_terminate first));
          raises "first" is_terminate (fun () -> Promise.await first);
          equal "second" 7 (Promise.await second)));
  law "flock: implicit, and refused outside" (fun () ->
      raises "outside" is_invalid (fun () -> Flock.fork ignore);
      let sum = ref 0 in
      Flock.join_after (fun () -> List.iter (fun n -> Flock.fork (fun () -> sum := !sum + n)) [ 1; 2; 3 ]);
      equal "sum" 6 !sum);
  law "run: all, any, first" (fun () ->
      let count = ref 0 in
      Run.all (List.init 5 (fun _ () -> incr count));
      equal "all" 5 !count;
      Run.any [ Control.block; Control.yield ];
      equal "first" 3 (Run.first_or_terminate [ Control.block; (fun () -> 3) ]));
  law "control: protect forbids cancelation" (fun () ->
      raises "afterwards" is_terminate (fun () ->
          Bundle.join_after (fun bundle ->
              Control.protect (fun () ->
                  Bundle.terminate bundle;
                  Control.yield ());
              Control.raise_if_canceled ();
              that "not reached" false));
      raises "block, forbidden" is_invalid (fun () -> Control.protect Control.block))

let canceled_before_they_begin () =
  law "bundle: what is forked is called, whatever happens" (fun () ->
      let called = ref 0 in
      let work () =
        incr called;
        Fiber.yield ();
        failwith "not canceled"
      in
      Bundle.join_after (fun bundle ->
          let promise = Bundle.fork_as_promise bundle work in
          Promise.terminate promise);
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle work;
          Bundle.terminate bundle);
      equal "both" 2 !called)

let small () =
  law "bundle: a fiber that waits takes at most 240 bytes of the heap" (fun () ->
      let n = 1_000 and started = ref 0 in
      let stop = Computation.create () in
      let live () =
        Gc.full_major ();
        (Gc.stat ()).live_words
      in
      let bytes =
        Bundle.join_after (fun bundle ->
            let before = live () in
            for _ = 1 to n do
              Bundle.fork bundle (fun () ->
                  incr started;
                  Computation.await stop)
            done;
            while !started < n do Fiber.yield () done;
            let bytes = (live () - before) * (Sys.word_size / 8) / n in
            Computation.finish stop;
            bytes)
      in
      that (Printf.sprintf "%d bytes" bytes) (bytes <= 240))

let runs () =
  law "run: Terminate ends one function, whichever fiber it is on" (fun () ->
      for place = 0 to 2 do
        let ended = Atomic.make 0 in
        Run.all
          (List.init 3 (fun i () ->
               if i = place then raise Control.Terminate;
               Fiber.yield ();
               Atomic.incr ended));
        equal "the others" 2 (Atomic.get ended);
        Atomic.set ended 0;
        Run.any (List.init 3 (fun i () -> if i = place then raise Control.Terminate else Atomic.incr ended));
        that "at least one" (Atomic.get ended >= 1);
        equal "the first" place
          (Run.first_or_terminate (List.init 3 (fun i () -> if i = place then i else raise Control.Terminate)))
      done;
      raises "an error" (( = ) A) (fun () -> Run.all [ Fiber.yield; (fun () -> raise A) ]);
      raises "nobody" (( = ) Control.Terminate) (fun () ->
          Run.first_or_terminate [ (fun () -> raise Control.Terminate) ]))

let times () =
  let pending = Picox_timers.pending in
  law "control: sleep and terminate_after" (fun () ->
      Control.sleep ~seconds:0.001;
      raises "too slow" is_terminate (fun () -> Control.terminate_after ~seconds:0.001 Control.block);
      equal "in time" 5 (Control.terminate_after ~seconds:100_000.0 (fun () -> 5));
      raises "inner" is_terminate (fun () ->
          Control.terminate_after ~seconds:100_000.0 (fun () ->
              Control.terminate_after ~seconds:0.001 Control.block));
      raises "outer" is_terminate (fun () ->
          Control.terminate_after ~seconds:0.001 (fun () ->
              Control.terminate_after ~seconds:100_000.0 Control.block));
      raises "negative" is_invalid (fun () -> Control.terminate_after ~seconds:(-1.0) Fun.id);
      Control.raise_if_canceled ();
      equal "timers" 0 (pending ()));
  law "bundle, flock, promise: terminate_after" (fun () ->
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle Control.block;
          let promise = Bundle.fork_as_promise bundle Control.block in
          Promise.terminate_after promise ~seconds:0.001;
          raises "promise" is_terminate (fun () -> Promise.await promise);
          that "not the bundle" (Promise.await (Bundle.fork_as_promise bundle (fun () -> true)));
          Bundle.terminate_after bundle ~seconds:0.001);
      Flock.join_after (fun () ->
          Flock.terminate_after ~seconds:0.001 ();
          Flock.fork Control.block);
      Bundle.join_after (fun bundle -> Bundle.terminate_after bundle ~seconds:100_000.0);
      equal "timers" 0 (pending ()))

let events () =
  law "event: the earlier of two that have happened" (fun () ->
      equal "select" 1 (Event.select [ Event.always 1; Event.always 2 ]);
      equal "wrap" 4 (Event.sync (Event.wrap (Event.always 3) succ)));
  law "event: guard is called at each synchronization" (fun () ->
      let calls = ref 0 in
      let event =
        Event.guard (fun () ->
            incr calls;
            Event.always !calls)
      in
      equal "first" 1 (Event.sync event);
      equal "second" 2 (Event.sync event));
  law "event: waits for a computation" (fun () ->
      Flock.join_after (fun () ->
          let never = Computation.create () and soon = Computation.create () in
          Flock.fork (fun () ->
              Control.yield ();
              Computation.return soon 5);
          equal "soon" 5 (Event.select [ Event.from_computation never; Event.from_computation soon ])));
  law "event: nothing happens in an empty choice" (fun () ->
      raises "canceled" is_terminate (fun () ->
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () -> Bundle.terminate bundle);
              Event.sync (Event.choose []))))

let outside () =
  test "finally: without a scheduler" (fun () ->
      let released = ref 0 in
      equal "value" 3 (Picos_std_finally.finally (fun () -> incr released) ignore (fun () -> 3));
      raises "raises" (( = ) A) (fun () -> Picos_std_finally.lastly (fun () -> incr released) (fun () -> raise A));
      equal "released" 2 !released)

let resources () =
  law "finally: releases after return and after an exception" (fun () ->
      let released = ref 0 in
      let release () = incr released in
      equal "value" 9 (finally release ignore (fun () -> 9));
      raises "A" (( = ) A) (fun () -> finally release ignore (fun () -> raise A));
      equal "released" 2 !released);
  law "finally: an instance holds its resource once" (fun () ->
      let released = ref 0 in
      let@ instance = instantiate (fun _ -> incr released) (fun () -> 1) in
      raises "borrowed" is_invalid (fun () -> borrow instance (fun _ -> drop instance));
      move instance (fun r -> equal "moved" 1 r);
      equal "released" 1 !released;
      raises "empty" is_invalid (fun () -> borrow instance ignore))

let awaitables () =
  law "awaitable: await returns at once for another value" (fun () ->
      let a = Awaitable.make 1 in
      Awaitable.await a 0);
  law "awaitable: signal wakes one, broadcast all" (fun () ->
      let a = Awaitable.make 0 and woken = ref 0 in
      Flock.join_after (fun () ->
          for _ = 1 to 3 do
            Flock.fork (fun () ->
                Awaitable.await a 0;
                incr woken)
          done;
          Control.yield ();
          Awaitable.set a 1;
          Awaitable.signal a;
          Control.yield ();
          Control.yield ();
          equal "one" 1 !woken;
          Awaitable.broadcast a);
      equal "all" 3 !woken);
  law "awaitable: the wake-up of a canceled fiber passes on" (fun () ->
      let a = Awaitable.make 0 and woken = ref false in
      Bundle.join_after (fun bundle ->
          let first = Bundle.fork_as_promise bundle (fun () -> Awaitable.await a 0) in
          Bundle.fork bundle (fun () ->
              Awaitable.await a 0;
              woken := true);
          Control.yield ();
          Awaitable.set a 1;
          Awaitable.signal a;
          Promise.terminate first);
      that "woken" !woken)

let add () =
  structured ();
  canceled_before_they_begin ();
  small ();
  runs ();
  times ();
  events ();
  outside ();
  resources ();
  awaitables ()
