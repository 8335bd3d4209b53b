(* SPDX-License-Identifier: ISC *)

open Picos
open Picox_check.Check

let spawn main = Fiber.spawn (Fiber.create ~forbid:false (Computation.create ())) main

(* The order in which ten fibers pass ten yields each. *)
let schedule seed =
  let log = ref [] in
  Picos_mux_random.run ~context:(Picos_mux_random.context ~seed ()) (fun () ->
      for i = 1 to 10 do
        spawn (fun _ ->
            for _ = 1 to 10 do
              Fiber.yield ();
              log := i :: !log
            done)
      done);
  !log

let seeds () =
  test "random: a seed decides the schedule" (fun () ->
      let schedules = List.init 20 schedule in
      List.iteri (fun seed before -> that "replayed" (schedule seed = before)) schedules;
      equal "different schedules" 20 (List.length (List.sort_uniq compare schedules));
      equal "seed" 42 (Picos_mux_random.seed (Picos_mux_random.context ~seed:42 ())));
  test "random: finds the update that is lost between two effects" (fun () ->
      let lost seed =
        let shared = ref 0 in
        let add _ =
          let before = !shared in
          Fiber.yield ();
          shared := before + 1
        in
        Picos_mux_random.run
          ~context:(Picos_mux_random.context ~seed ())
          (fun () ->
            spawn add;
            spawn add);
        !shared < 2
      in
      let found = List.filter lost (List.init 100 Fun.id) in
      that "some" (found <> [] && List.length found < 100))

let contexts () =
  test "random: a context is consumed" (fun () ->
      let context = Picos_mux_random.context () in
      equal "runs" 1 (Picos_mux_random.run ~context (fun () -> 1));
      raises "again" is_invalid (fun () -> Picos_mux_random.run ~context ignore);
      Picos_mux_random.runner_on_this_thread context;
      raises "no domain" is_invalid (fun () -> Picos_mux_random.run_on ~n_domains:0 ignore));
  test "random: all domains take part" (fun () ->
      let seen = Array.init 2 (fun _ -> Atomic.make false) and here = Domain.self () in
      let others = Atomic.make 0 in
      Picos_mux_random.run_on ~n_domains:2 (fun () ->
          for i = 0 to 1 do
            spawn (fun _ ->
                Atomic.set seen.(i) true;
                (* Only two domains can be here at once. *)
                while not (Atomic.get seen.(1 - i)) do Domain.cpu_relax () done;
                if Domain.self () <> here then Atomic.incr others)
          done);
      equal "on the other" 1 (Atomic.get others));
  test "random: the handler of fatal exceptions" (fun () ->
      let seen = ref None in
      raises "raised too" (( = ) Exit) (fun () ->
          Picos_mux_random.run_on
            ~fatal_exn_handler:(fun exn -> seen := Some exn)
            ~n_domains:2
            (fun () ->
              spawn (fun _ -> raise Exit);
              ignore (Trigger.await (Trigger.create ()))));
      that "handled" (!seen = Some Exit))

let add () =
  List.iter
    (fun seed ->
      Picox_laws.Scheduler_laws.add
        {
          name = Printf.sprintf "random, seed %d" seed;
          run = (fun ?forbid main -> Picos_mux_random.run ~context:(Picos_mux_random.context ~seed ()) ?forbid main);
          in_order = false;
          alone = true;
          fibers = scaled 20_000;
          bounded_stack = true;
        })
    [ 1; 2; 3 ];
  Picox_laws.Scheduler_laws.add
    {
      name = "random, 3 domains";
      run = (fun ?forbid main -> Picos_mux_random.run_on ~n_domains:3 ?forbid main);
      in_order = false;
      alone = false;
      fibers = scaled 2_000;
      bounded_stack = true;
    };
  seeds ();
  contexts ()
