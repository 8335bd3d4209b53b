(* SPDX-License-Identifier: ISC *)

open Picos
open Picox_check.Check

let spawn main = Fiber.spawn (Fiber.create ~forbid:false (Computation.create ())) main

let contexts () =
  test "multififo: a context is consumed" (fun () ->
      let context = Picos_mux_multififo.context () in
      equal "runs" 1 (Picos_mux_multififo.run ~context (fun () -> 1));
      raises "again" is_invalid (fun () -> Picos_mux_multififo.run ~context ignore);
      Picos_mux_multififo.runner_on_this_thread context);
  test "multififo: refuses absurd numbers" (fun () ->
      raises "domains" is_invalid (fun () -> Picos_mux_multififo.run_on ~n_domains:0 ignore);
      raises "quota" is_invalid (fun () -> Picos_mux_multififo.context ~quota:0 ());
      raises "rounds" is_invalid (fun () -> Picos_mux_multififo.context ~heartbeat_rounds:0 ());
      raises "delay" is_invalid (fun () -> Picos_mux_multififo.context ~heartbeat_delay:nan ()));
  test "multififo: the end wakes all, whatever they are about to do" (fun () ->
      for i = 1 to scaled 200 do
        equal "value" i (Picos_mux_multififo.run_on ~n_domains:3 ~heartbeat_delay:0.0001 (fun () -> i))
      done);
  test "multififo: a runner that came before the run, on a thread" (fun () ->
      let context = Picos_mux_multififo.context () in
      let other = Thread.create Picos_mux_multififo.runner_on_this_thread context in
      equal "value" 7 (Picos_mux_multififo.run ~context (fun () -> Fiber.yield (); 7));
      Thread.join other);
  test "multififo: the heartbeat wakes the others for what waits, also after a rest" (fun () ->
      let take_part () =
        let seen = Array.init 2 (fun _ -> Atomic.make false) in
        let left = Atomic.make 2 and over = Trigger.create () in
        for i = 0 to 1 do
          spawn (fun _ ->
              Atomic.set seen.(i) true;
              (* This goes on only when another thread has taken the other fiber. *)
              while not (Atomic.get seen.(1 - i)) do Domain.cpu_relax () done;
              if Atomic.fetch_and_add left (-1) = 1 then Trigger.signal over)
        done;
        ignore (Trigger.await over)
      in
      Picos_mux_multififo.run_on ~n_domains:2 ~heartbeat_delay:0.001 ~heartbeat_rounds:2 (fun () ->
          take_part ();
          Fiber.sleep ~seconds:0.05;
          take_part ()));
  test "multififo: the handler of fatal exceptions, from any domain" (fun () ->
      let seen = Atomic.make None in
      raises "raised too" (( = ) Exit) (fun () ->
          Picos_mux_multififo.run_on
            ~fatal_exn_handler:(fun exn -> Atomic.set seen (Some exn))
            ~n_domains:3
            (fun () ->
              for i = 1 to 100 do
                spawn (fun _ ->
                    Fiber.yield ();
                    if i = 50 then raise Exit)
              done;
              ignore (Trigger.await (Trigger.create ()))));
      that "handled" (Atomic.get seen = Some Exit))

let quota () =
  test "multififo 11: nobody outruns its quota" (fun () ->
      let context = Picos_mux_multififo.context ~quota:5 () and turn = ref 0 and stop = ref false in
      Picos_mux_multififo.run ~context (fun () ->
          spawn (fun _ ->
              while not !stop do
                incr turn;
                Fiber.yield ()
              done);
          Fiber.yield ();
          let started = !turn in
          for i = 1 to 100 do
            ignore (Fiber.current ());
            that "forced" (!turn - started >= (i / 5) - 1)
          done;
          stop := true))

let add () =
  Picox_laws.Scheduler_laws.add
    {
      name = "multififo, 1 domain";
      run = (fun ?forbid main -> Picos_mux_multififo.run ?forbid main);
      in_order = true;
      alone = true;
      fibers = scaled 1_000_000;
      bounded_stack = true;
    };
  Picox_laws.Scheduler_laws.add
    {
      name = "multififo, 3 domains";
      run = (fun ?forbid main -> Picos_mux_multififo.run_on ~n_domains:3 ?forbid main);
      in_order = false;
      alone = false;
      fibers = scaled 20_000;
      bounded_stack = true;
    };
  contexts ();
  quota ()
