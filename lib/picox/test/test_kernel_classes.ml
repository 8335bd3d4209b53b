(* SPDX-License-Identifier: ISC *)

(* The libraries of the classes. *)

open Picos
open Picos_std_structured
open Picox_check.Check

exception Broken
exception Enough

let on n_domains = Printf.sprintf ", on %d domains" n_domains

let tasks n_domains =
  test ("class libraries: each task is of its class, and so are its children" ^ on n_domains) (fun () ->
      Picox_local.run ~n_domains (fun () ->
          that "main" (Picox_local.is_current ());
          let with_child current () =
            Bundle.join_after (fun bundle -> Promise.await (Bundle.fork_as_promise bundle current)) && current ()
          in
          let driver = Picox_drivers.start (with_child Picox_drivers.is_current) in
          let vproc = Picox_vproc.start (with_child Picox_vproc.is_current) in
          let local = Picox_local.start (with_child Picox_local.is_current) in
          that "driver" (Picox_drivers.await driver);
          that "virtual process" (Picox_vproc.await vproc);
          that "local" (Picox_local.await local);
          that "ended" (not (Picox_drivers.is_running driver))));
  test ("class libraries: outcomes and cancelation" ^ on n_domains) (fun () ->
      Picox_drivers.run ~n_domains (fun () ->
          raises "its exception" (( = ) Broken) (fun () -> Picox_vproc.(await (start (fun () -> raise Broken))));
          let never = Picox_local.start (fun () -> Trigger.await (Trigger.create ())) in
          Picox_local.cancel never Enough;
          raises "canceled" (( = ) Enough) (fun () -> Picox_local.await never)))

let supervision n_domains =
  test ("drivers: one that raises is run again, so many times" ^ on n_domains) (fun () ->
      Picox_local.run ~n_domains (fun () ->
          let runs = ref 0 and failures = ref 0 in
          let failed _ _ =
            that "in its class" (Picox_drivers.is_current ());
            incr failures
          in
          let main () =
            incr runs;
            Fiber.yield ();
            if !runs < 3 then raise Broken;
            !runs
          in
          equal "third" 3 (Picox_drivers.await (Picox_drivers.supervise ~failed main));
          equal "failures" 2 !failures;
          runs := -10;
          raises "at last" (( = ) Broken) (fun () ->
              Picox_drivers.await (Picox_drivers.supervise ~restarts:2 ~failed main));
          equal "failures" 4 !failures;
          raises "what the handler raises" (( = ) Enough) (fun () ->
              runs := -10;
              Picox_drivers.await (Picox_drivers.supervise ~failed:(fun _ _ -> raise Enough) main));
          raises "negative" is_invalid (fun () -> Picox_drivers.supervise ~restarts:(-1) ~failed main)));
  test ("drivers: a canceled one is not run again" ^ on n_domains) (fun () ->
      Picox_local.run ~n_domains (fun () ->
          let runs = Atomic.make 0 in
          let driver =
            Picox_drivers.supervise
              ~failed:(fun _ _ -> failwith "failed")
              (fun () ->
                Atomic.incr runs;
                Fiber.sleep ~seconds:1e3)
          in
          while Atomic.get runs = 0 do Fiber.yield () done;
          Picox_drivers.cancel driver Enough;
          raises "canceled" (( = ) Enough) (fun () -> Picox_drivers.await driver);
          equal "runs" 1 (Atomic.get runs)))

(* Overload below, and drivers that are woken by what is overloaded; then a storm above. Each class goes on. *)
let overload n_domains =
  test ("class libraries: drivers are served under overload, the others in a storm" ^ on n_domains) (fun () ->
      let context = Picox_classes.context () and stop = Atomic.make false in
      let busy start n = List.init n (fun _ -> start (fun () -> while not (Atomic.get stop) do Fiber.yield () done)) in
      Picox_local.run ~n_domains ~context (fun () ->
          Fun.protect
            ~finally:(fun () -> Atomic.set stop true)
            (fun () ->
              ignore (busy Picox_vproc.start 40);
              ignore (busy Picox_local.start 40);
              let served = Array.init 4 (fun _ -> Computation.create ()) in
              let drivers =
                List.init 4 (fun i ->
                    Picox_drivers.start (fun () ->
                        for _ = 1 to scaled 500 do Fiber.sleep ~seconds:1e-6 done;
                        Computation.finish served.(i)))
              in
              List.iter Picox_drivers.await drivers;
              ignore (busy Picox_drivers.start 40);
              let below = [ Picox_vproc.turns context; Picox_local.turns context ] in
              let enough = scaled 5_000 in
              while
                Picox_vproc.turns context < List.nth below 0 + enough
                || Picox_local.turns context < List.nth below 1 + enough
              do
                Fiber.yield ()
              done;
              that "most for the drivers"
                (Picox_drivers.turns context > Picox_vproc.turns context - List.nth below 0)));
      that "two at most" (Picox_classes.most_overtaken context <= 2))

let add () =
  List.iter
    (fun n_domains ->
      tasks n_domains;
      supervision n_domains;
      overload n_domains)
    [ 1; 4 ]
