(* SPDX-License-Identifier: ISC *)

open Picos
open Picox_check.Check

type scheduler = {
  name : string;
  run : 'a. ?forbid:bool -> (unit -> 'a) -> 'a;
  in_order : bool;
  alone : bool;
  fibers : int;
  bounded_stack : bool;
}

exception A

type _ Effect.t += Foreign : int Effect.t

let bt = Printexc.get_callstack 0

let spawn ?(computation = Computation.Packed (Computation.create ())) ?(forbid = false) main =
  Fiber.spawn (Fiber.create_packed ~forbid computation) main

(* Spawns a fiber that runs [main], and waits for it. *)
let joined main =
  let result = Computation.create () in
  spawn (fun fiber -> Computation.capture result main fiber);
  Computation.await result

(* A fiber of its own, canceled, runs [body]. *)
let canceled body =
  joined (fun fiber ->
      let (Packed computation) = Fiber.get_computation fiber in
      Computation.cancel computation A bt;
      body fiber)

let effects s test =
  test "1: other effects pass" (fun () ->
      s.run (fun () ->
          (match Effect.perform Foreign with _ -> failwith "handled" | exception Effect.Unhandled Foreign -> ());
          let open Effect.Deep in
          let effc : type a. a Effect.t -> ((a, int) continuation -> int) option = function
            | Foreign -> Some (fun k -> continue k 42)
            | _ -> None
          in
          (* The scheduler's own effects reach it through a handler in between. *)
          let body () =
            Fiber.yield ();
            Effect.perform Foreign
          in
          equal "inner" 42 (match_with body () { retc = Fun.id; exnc = (fun e -> raise e); effc })));
  test "2: current" (fun () ->
      s.run (fun () ->
          let fiber = Fiber.current () in
          Fiber.yield ();
          that "same" (Fiber.equal fiber (Fiber.current ()));
          joined (fun child ->
              that "the child" (Fiber.equal child (Fiber.current ()));
              that "another" (not (Fiber.equal child fiber)));
          canceled (fun fiber -> that "no cancelation" (Fiber.equal fiber (Fiber.current ())))));
  test "3: yield" (fun () ->
      s.run (fun () ->
          canceled (fun fiber ->
              raises "canceled" (( = ) A) Fiber.yield;
              Fiber.forbid fiber Fiber.yield;
              raises "canceled" (( = ) A) Fiber.yield));
      if s.in_order then
        s.run (fun () ->
            let log = ref [] in
            let add i = log := i :: !log in
            spawn (fun _ -> add 1; Fiber.yield (); add 4);
            spawn (fun _ -> add 2; Fiber.yield (); add 5);
            Fiber.yield ();
            add 3;
            Fiber.yield ();
            add 6;
            that "in order" (List.rev !log = [ 1; 2; 3; 4; 5; 6 ])));
  test "3: those woken before a yield run before it" (fun () ->
      if s.in_order then
        s.run (fun () ->
            let trigger = Trigger.create () and log = ref [] in
            spawn (fun _ -> ignore (Trigger.await trigger); log := 1 :: !log);
            Fiber.yield ();
            Trigger.signal trigger;
            Fiber.yield ();
            log := 2 :: !log;
            that "in order" (!log = [ 2; 1 ])));
  test "4: spawn is all or nothing" (fun () ->
      let runs = Atomic.make 0 in
      s.run (fun () ->
          let dead = Computation.create () in
          Computation.cancel dead A bt;
          spawn ~computation:(Packed dead) (fun fiber ->
              that "canceled" (Fiber.is_canceled fiber);
              Atomic.incr runs);
          canceled (fun fiber ->
              raises "canceled" (( = ) A) (fun () -> spawn (fun _ -> Atomic.incr runs));
              Fiber.forbid fiber (fun () -> spawn (fun _ -> Atomic.incr runs))));
      equal "main functions" 2 (Atomic.get runs));
  test "5: cancel_after" (fun () ->
      s.run (fun () ->
          let c = Computation.create () in
          raises "negative" is_invalid (fun () -> Computation.cancel_after c ~seconds:(-0.1) A bt);
          raises "absurd" is_invalid (fun () -> Computation.cancel_after c ~seconds:infinity A bt);
          raises "not a number" is_invalid (fun () -> Computation.cancel_after c ~seconds:nan A bt);
          that "none of these" (Computation.is_running c);
          Computation.cancel_after c ~seconds:0.01 A bt;
          raises "fires" (( = ) A) (fun () -> Computation.await c);
          for _ = 1 to 20 do
            let before = Picox_timers.now_ns () in
            Fiber.sleep ~seconds:0.001;
            that "not early" (Picox_timers.now_ns () - before >= 1_000_000)
          done;
          canceled (fun _ ->
              let c = Computation.create () in
              raises "canceled" (( = ) A) (fun () -> Computation.cancel_after c ~seconds:0.01 Exit bt);
              that "no timer" (Computation.is_running c))))

let timers s test =
  test "5: timers go off in order, whatever the order in which they were set" (fun () ->
      s.run (fun () ->
          let order = Atomic.make [] in
          let rec note i =
            let before = Atomic.get order in
            if not (Atomic.compare_and_set order before (i :: before)) then note i
          in
          (* Each with the earliest and the latest moment that its deadline can be: this thread may stop at any point. *)
          let set i =
            let c = Computation.create () in
            let trigger = (Trigger.from_action i () (fun _ i () -> note i) [@alert "-handler"]) in
            that "attached" (Computation.try_attach c trigger);
            let wait = 20 + (10 * i) in
            let earliest = Picox_timers.now_ns () + (wait * 1_000_000) in
            Computation.cancel_after c ~seconds:(float wait *. 1e-3) A bt;
            (i, c, earliest, Picox_timers.now_ns () + (wait * 1_000_000))
          in
          let all = List.map set [ 3; 1; 4; 0; 2 ] in
          List.iter (fun (_, c, _, _) -> Computation.wait c) all;
          let fired = List.rev (Atomic.get order) in
          let rec before i j = function [] -> false | x :: rest -> if x = i then List.mem j rest else before i j rest in
          List.iter
            (fun (i, _, _, latest) ->
              List.iter
                (fun (j, _, earliest, _) ->
                  if latest < earliest then that (Printf.sprintf "%d before %d" i j) (before i j fired))
                all)
            all));
  test "5: a completion lets its timer go" (fun () ->
      s.run (fun () ->
          let n = min s.fibers 1_000 and before = Picox_timers.pending () in
          let all = List.init n (fun _ -> Computation.create ()) in
          List.iter (fun c -> Computation.cancel_after c ~seconds:100_000.0 A bt) all;
          equal "set" (before + n) (Picox_timers.pending ());
          List.iter (fun c -> Computation.finish c) all;
          equal "gone" before (Picox_timers.pending ());
          Computation.cancel_after (Computation.returned ()) ~seconds:100_000.0 A bt;
          equal "completed before" before (Picox_timers.pending ())));
  test "5: a canceled sleeper wakes, and its timer goes" (fun () ->
      s.run (fun () ->
          let before = Picox_timers.pending () in
          let c = Computation.create () and woken = Computation.create () in
          spawn ~computation:(Packed c) (fun fiber ->
              raises "canceled" (( = ) A) (fun () -> Fiber.sleep ~seconds:100_000.0);
              Fiber.set fiber ~forbid:true;
              Computation.finish woken);
          Fiber.yield ();
          Computation.cancel c A bt;
          Computation.await woken;
          equal "gone" before (Picox_timers.pending ())))

let awaiting s test =
  test "6: a canceled await returns it" (fun () ->
      s.run (fun () ->
          let c = Computation.create () and result = Computation.create () in
          spawn ~computation:(Packed c) (fun fiber ->
              let trigger = Trigger.create () in
              let got = Trigger.await trigger in
              that "7: signaled" (Trigger.is_signaled trigger);
              that "canceled" (got = Some (A, bt));
              that "again" (Trigger.await (Trigger.create ()) = Some (A, bt));
              Fiber.set fiber ~forbid:true;
              Computation.finish result);
          Fiber.yield ();
          Computation.cancel c A bt;
          Computation.await result));
  test "6: a forbidden await waits on" (fun () ->
      s.run (fun () ->
          let c = Computation.create () and result = Computation.create () in
          let trigger = Trigger.create () and signaled = Atomic.make false in
          spawn ~computation:(Packed c) ~forbid:true (fun fiber ->
              let got = Trigger.await trigger in
              that "not before" (Atomic.get signaled);
              that "none" (got = None);
              Fiber.set fiber ~forbid:false;
              that "late" (Trigger.await (Trigger.create ()) = Some (A, bt));
              Computation.finish result);
          Fiber.yield ();
          Computation.cancel c A bt;
          for _ = 1 to 10 do Fiber.yield () done;
          Atomic.set signaled true;
          Trigger.signal trigger;
          Computation.await result));
  test "6: the canceled go first" (fun () ->
      if s.in_order then
        s.run (fun () ->
            let c = Computation.create () and trigger = Trigger.create () and log = ref [] in
            spawn (fun _ -> ignore (Trigger.await trigger); log := 2 :: !log);
            spawn ~computation:(Packed c) (fun _ -> ignore (Trigger.await (Trigger.create ())); log := 1 :: !log);
            Fiber.yield ();
            Trigger.signal trigger;
            Computation.cancel c A bt;
            Fiber.yield ();
            that "first" (!log = [ 2; 1 ])));
  test "6, 7: woken from another domain, each exactly once" (fun () ->
      let n = min s.fibers 2_000 in
      let triggers = Array.init n (fun _ -> Trigger.create ()) and woken = Array.init n (fun _ -> Atomic.make 0) in
      let plain = Array.make n 0 in
      let others = List.init 2 (fun _ -> Domain.spawn (fun () -> Array.iter Trigger.signal triggers)) in
      s.run (fun () ->
          Array.iteri
            (fun i trigger ->
              spawn (fun _ ->
                  (* 8: what a fiber has written it reads back, wherever it goes on. *)
                  plain.(i) <- i;
                  that "none" (Trigger.await trigger = None);
                  plain.(i) <- plain.(i) + 1;
                  Fiber.yield ();
                  equal "plain" (i + 1) plain.(i);
                  Atomic.incr woken.(i)))
            triggers);
      List.iter Domain.join others;
      Array.iter (fun count -> equal "woken" 1 (Atomic.get count)) woken);
  test "6: two schedulers that wake each other miss nothing" (fun () ->
      let rounds = scaled 3_000 in
      let triggers = Array.init 2 (fun _ -> Array.init rounds (fun _ -> Trigger.create ())) in
      (* They meet in each round: so the signal comes at all moments of the other's way to its sleep. *)
      let play own () =
        let random = Random.State.make [| own |] in
        s.run (fun () ->
            for i = 0 to rounds - 1 do
              for _ = 1 to Random.State.int random 100 do Domain.cpu_relax () done;
              Trigger.signal triggers.(1 - own).(i);
              that "none" (Trigger.await triggers.(own).(i) = None)
            done)
      in
      let other = Domain.spawn (play 1) in
      play 0 ();
      Domain.join other);
  test "6: woken by a signal handler" (fun () ->
      let trigger = Trigger.create () in
      let before = Sys.signal Sys.sigusr1 (Signal_handle (fun _ -> Trigger.signal trigger)) in
      s.run (fun () ->
          let done_ = Computation.create () in
          spawn (fun _ -> ignore (Trigger.await trigger); Computation.finish done_);
          Fiber.yield ();
          Unix.kill (Unix.getpid ()) Sys.sigusr1;
          (* The signal may reach a thread that sleeps; then one that does not must run the handler. *)
          if not s.alone then while Computation.is_running done_ do Fiber.yield () done;
          Computation.await done_);
      Sys.set_signal Sys.sigusr1 before)

let ends s test =
  test "9: an exception out of a main function ends the scheduler" (fun () ->
      let unwound = Atomic.make false in
      raises "fatal" (( = ) A) (fun () ->
          s.run (fun () ->
              spawn (fun _ ->
                  Fun.protect
                    (fun () -> ignore (Trigger.await (Trigger.create ())))
                    ~finally:(fun () -> Atomic.set unwound true));
              Fiber.yield ();
              spawn (fun _ -> raise A);
              ignore (Trigger.await (Trigger.create ()))));
      that "the others are not discontinued" (not (Atomic.get unwound)));
  test "10: run ends after all" (fun () ->
      let ended = Atomic.make 0 in
      let n = min s.fibers 100 in
      let main () =
        for i = 1 to n do
          spawn (fun _ ->
              for _ = 1 to i do Fiber.yield () done;
              spawn (fun _ -> Fiber.yield (); Atomic.incr ended);
              Atomic.incr ended)
        done;
        7
      in
      equal "value" 7 (s.run main);
      equal "ended" (2 * n) (Atomic.get ended);
      raises "exception" (( = ) A) (fun () -> s.run (fun () -> raise A));
      that "permits" (not (s.run (fun () -> Fiber.has_forbidden (Fiber.current ()))));
      that "forbids" (s.run ~forbid:true (fun () -> Fiber.has_forbidden (Fiber.current ()))))

let long_runs s test =
  test "11: fair" (fun () ->
      let n = min s.fibers 100 and times = scaled 10_000 in
      let progress = Array.init n (fun _ -> Atomic.make 0) in
      let first = Atomic.make true and go = Atomic.make false and least = ref max_int and most = ref 0 in
      s.run (fun () ->
          for i = 0 to n - 1 do
            spawn (fun _ ->
                while not (Atomic.get go) do Fiber.yield () done;
                for _ = 1 to times do
                  Fiber.yield ();
                  Atomic.incr progress.(i)
                done;
                if Atomic.exchange first false then
                  Array.iter
                    (fun count ->
                      least := min !least (Atomic.get count);
                      most := max !most (Atomic.get count))
                    progress)
          done;
          Atomic.set go true);
      Array.iter (fun count -> equal "yields" times (Atomic.get count)) progress;
      if s.in_order then that "in step" (!most - !least <= 1)
      else if s.alone then that "nobody is left behind" (!least > 0 && !most <= times));
  test "a million fibers leave nothing behind" (fun () ->
      let live () =
        Gc.full_major ();
        (Gc.stat ()).live_words
      in
      let depths = ref [] in
      let rec generations left =
        if left > 0 then begin
          let batch = min left 100 in
          let latch = Atomic.make batch and all = Trigger.create () in
          for _ = 1 to batch do
            spawn (fun _ ->
                if left mod (s.fibers / 10) = 0 then
                  depths := Printexc.raw_backtrace_length (Printexc.get_callstack 1_000_000) :: !depths;
                if Atomic.fetch_and_add latch (-1) = 1 then Trigger.signal all)
          done;
          that "all" (Trigger.await all = None);
          generations (left - batch)
        end
      in
      let words = s.run (fun () ->
          generations (min s.fibers 1_000);
          let before = live () in
          generations s.fibers;
          live () - before)
      in
      that (Printf.sprintf "live words: %d more" words) (words < 20_000);
      if s.bounded_stack then List.iter (fun d -> that (Printf.sprintf "depth %d" d) (d < 60)) !depths);
  test "fibers that switch for long keep the stack" (fun () ->
      if s.bounded_stack then
        s.run (fun () ->
            let depth () = Printexc.raw_backtrace_length (Printexc.get_callstack 1_000_000) in
            let turns = s.fibers / 10 in
            let pair = Array.init 2 (fun _ -> Atomic.make (Trigger.create ())) in
            let player i = fun _ ->
              for _ = 1 to turns do
                ignore (Trigger.await (Atomic.get pair.(i)));
                Atomic.set pair.(i) (Trigger.create ());
                Trigger.signal (Atomic.get pair.(1 - i))
              done;
              that "depth" (depth () < 60)
            in
            spawn (player 0);
            spawn (player 1);
            Trigger.signal (Atomic.get pair.(0))))

let add s =
  let test name body = test (s.name ^ " " ^ name) body in
  effects s test;
  timers s test;
  awaiting s test;
  ends s test;
  long_runs s test
