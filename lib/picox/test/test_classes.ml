(* SPDX-License-Identifier: ISC *)

(* The kernel's scheduler: the laws of all schedulers, and what its classes promise, counted in turns. *)

open Picos
open Picos_std_structured
open Picox_check.Check
open Picox_classes

let spawn_in t main = spawn t (Fiber.create ~forbid:false (Computation.create ())) main
let total context = turns context Drivers + turns context Vproc + turns context Local

(* When the body ends, however it does, the busy fibers end. *)
let until_stopped context body =
  let stop = Atomic.make false in
  let main () = Fun.protect ~finally:(fun () -> Atomic.set stop true) (fun () -> body stop) in
  run ~context main

(* [n] fibers of the class that are always ready, until [stop]. *)
let busy t n stop =
  for _ = 1 to n do
    spawn_in t (fun _ -> while not (Atomic.get stop) do Fiber.yield () done)
  done

let latency () =
  test "classes: a driver waits for two turns at most, whatever the load" (fun () ->
      let context = context () and worst = ref 0 in
      until_stopped context (fun stop ->
          busy Vproc 50 stop;
          busy Local 50 stop;
          for _ = 1 to scaled 5_000 do
            let interrupt = Trigger.create () and served = Computation.create () and at = ref 0 in
            spawn_in Drivers (fun _ ->
                ignore (Trigger.await interrupt);
                worst := max !worst (total context - !at - 1);
                Computation.finish served);
            Fiber.yield ();
            at := total context;
            Trigger.signal interrupt;
            Computation.await served
          done);
      that (Printf.sprintf "%d turns" !worst) (!worst <= 2);
      that "none more" (most_overtaken context <= 2))

let floors () =
  test "classes: the lower ones go on under a storm of drivers" (fun () ->
      let period = 10 in
      let context = context ~period () in
      until_stopped context (fun stop ->
          busy Drivers 20 stop;
          busy Vproc 20 stop;
          (* This fiber is the one that is local. *)
          for _ = 1 to scaled 5_000 do
            let before = total context in
            Fiber.yield ();
            let turns = total context - before in
            that (Printf.sprintf "%d turns" turns) (turns <= period + 2)
          done;
          let all = total context in
          List.iter
            (fun t ->
              let share = turns context t in
              that (Printf.sprintf "%d of %d" share all) (share >= all / (period + 2) - 10))
            [ Drivers; Vproc; Local ];
          that "most for the drivers" (turns context Drivers > all / 2));
      that "two at most" (most_overtaken context <= 2));
  test "classes: without drivers, the higher of two has most" (fun () ->
      let context = context () in
      until_stopped context (fun stop ->
          busy Vproc 5 stop;
          for _ = 1 to scaled 1_000 do Fiber.yield () done;
          that "most" (turns context Vproc > 10 * turns context Local)));
  test "classes: a fiber that waits for nothing gives its turn up" (fun () ->
      let context = context ~quota:5 () and served = Atomic.make false in
      until_stopped context (fun stop ->
          spawn_in Vproc (fun _ -> while not (Atomic.get stop) do ignore (Fiber.current ()) done);
          Fiber.yield ();
          spawn_in Drivers (fun _ -> Atomic.set served true);
          Fiber.yield ();
          that "served" (Atomic.get served)))

let several () =
  test "classes: on 4 domains, storms below and above" (fun () ->
      let context = context () and stop = Atomic.make false and served = Atomic.make 0 and lower = Atomic.make 0 in
      let n = scaled 2_000 in
      run_on ~n_domains:4 ~context (fun () ->
          busy Vproc 20 stop;
          busy Local 20 stop;
          let bells = Array.init 4 (fun _ -> Atomic.make (Trigger.create ())) in
          (* Drivers that wake each other in a ring. *)
          Bundle.join_after (fun _ ->
              let ended = Computation.create () in
              Array.iteri
                (fun i bell ->
                  spawn_in Drivers (fun _ ->
                      let rec serve () =
                        ignore (Trigger.await (Atomic.get bell));
                        Atomic.set bell (Trigger.create ());
                        if Atomic.fetch_and_add served 1 >= n then Computation.finish ended;
                        Trigger.signal (Atomic.get bells.((i + 1) mod 4));
                        if Computation.is_running ended then serve ()
                      in
                      serve ();
                      Trigger.signal (Atomic.get bells.((i + 1) mod 4))))
                bells;
              Trigger.signal (Atomic.get bells.(0));
              Computation.await ended);
          busy Drivers 20 stop;
          for t = 0 to 1 do
            for _ = 1 to 4 do
              spawn_in (if t = 0 then Vproc else Local) (fun _ ->
                  for _ = 1 to 100 do Fiber.yield () done;
                  if Atomic.fetch_and_add lower 1 = 7 then Atomic.set stop true)
            done
          done);
      that "served" (Atomic.get served > n);
      equal "the lower ones ended" 8 (Atomic.get lower);
      that "two at most" (most_overtaken context <= 2))

let membership () =
  test "classes: children are of their parent's class" (fun () ->
      run (fun () ->
          that "main" (current () = Local);
          Bundle.join_after (fun bundle ->
              List.iter
                (fun t ->
                  let ended = Computation.create () in
                  spawn_in t (fun _ ->
                      that "itself" (current () = t);
                      Bundle.join_after (fun inner ->
                          Bundle.fork inner (fun () ->
                              that "child" (current () = t);
                              Fiber.yield ();
                              that "still" (current () = t)));
                      Computation.finish ended);
                  Computation.await ended)
                [ Drivers; Vproc; Local ];
              Bundle.fork bundle (fun () -> that "of main" (current () = Local))));
      run ~main_class:Drivers (fun () -> that "asked for" (current () = Drivers));
      raises "period" is_invalid (fun () -> context ~period:0 ());
      raises "quota" is_invalid (fun () -> context ~quota:0 ()))

(* The order in which some fibers take their turns. *)
let schedule seed =
  let log = ref [] in
  run ~context:(context ~seed ()) (fun () ->
      List.iter
        (fun t ->
          for i = 1 to 4 do
            spawn_in t (fun _ ->
                for _ = 1 to 3 do
                  log := (t, i) :: !log;
                  Fiber.yield ()
                done)
          done)
        [ Local; Vproc; Drivers ]);
  !log

let seeds () =
  test "classes: a seed gives the same schedule again, and another another" (fun () ->
      let all = List.init 20 schedule in
      that "again" (List.init 20 schedule = all);
      that "others" (List.length (List.sort_uniq compare all) > 10);
      let drivers_first log = List.for_all (fun (t, _) -> t = Drivers) (List.filteri (fun i _ -> i >= 24) log) in
      that "drivers first" (List.for_all drivers_first all))

let add () =
  Picox_laws.Scheduler_laws.add
    {
      name = "classes, 1 domain";
      run = (fun ?forbid main -> run ?forbid main);
      in_order = true;
      alone = true;
      fibers = scaled 200_000;
      bounded_stack = true;
    };
  Picox_laws.Scheduler_laws.add
    {
      name = "classes, 4 domains";
      run = (fun ?forbid main -> run_on ~n_domains:4 ?forbid main);
      in_order = false;
      alone = false;
      fibers = scaled 20_000;
      bounded_stack = true;
    };
  latency ();
  floors ();
  several ();
  membership ();
  seeds ()
