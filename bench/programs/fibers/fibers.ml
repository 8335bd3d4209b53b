(* SPDX-License-Identifier: ISC
   What fibers cost. Argument: the CPUs of the machine; with one there are no rows about others. Times are of one
   operation, in seconds, the least of some rounds. *)

open Picos
open Picos_std_structured

let rounds = 25

(* [time ()] is that of so many operations. *)
let least name operations time =
  let best = ref infinity in
  for _ = 1 to rounds do
    best := Float.min !best (time ())
  done;
  Printf.printf "%s %.12f\n%!" name (!best /. float operations)

let measure name operations run =
  least name operations (fun () ->
      let start = Unix.gettimeofday () in
      run operations;
      Unix.gettimeofday () -. start)

let fibers name operations main = measure name operations (fun n -> Picos_mux_fifo.run (fun () -> main n))
let bt = Printexc.get_callstack 0

let spawn_some n main =
  let computation = Computation.returned () in
  for _ = 1 to n do
    Fiber.spawn (Fiber.create ~forbid:false computation) main
  done

let yield ~fibers n =
  spawn_some fibers (fun _ ->
      for _ = 1 to n / fibers do
        Fiber.yield ()
      done)

let attach_and_detach n =
  let computation = Computation.create () in
  for _ = 1 to n do
    let trigger = Trigger.create () in
    ignore (Computation.try_attach computation trigger);
    Computation.detach computation trigger
  done

let in_hundreds n some =
  for _ = 1 to n / 100 do
    some 100;
    Fiber.yield ()
  done

(* Two fibers wake each other by turns. *)
let wake n =
  let pair = Array.init 2 (fun _ -> Atomic.make (Trigger.create ())) in
  let player i _ =
    for _ = 1 to n / 2 do
      ignore (Trigger.await (Atomic.get pair.(i)));
      Atomic.set pair.(i) (Trigger.create ());
      Trigger.signal (Atomic.get pair.(1 - i))
    done
  in
  spawn_some 1 (player 0);
  spawn_some 1 (player 1);
  Trigger.signal (Atomic.get pair.(0))

let set_timers n =
  for _ = 1 to n do
    let computation = Computation.create () in
    Computation.cancel_after computation ~seconds:1000.0 Exit bt;
    Computation.finish computation
  done

(* The same beside 10,000 others, by the kernel's scheduler, which has no thread for them. *)
let set_kernel_timers ~others n =
  let more = List.init others (fun i -> (i, Computation.create ())) in
  List.iter
    (fun (i, other) -> Computation.cancel_after other ~seconds:(100.0 +. (0.01 *. float i)) Exit bt)
    more;
  let start = Unix.gettimeofday () in
  set_timers n;
  let time = Unix.gettimeofday () -. start in
  List.iter (fun (_, other) -> Computation.finish other) more;
  time

(* From the deadline to the fiber. *)
let sleep_shortly n =
  let late = ref 0.0 in
  for _ = 1 to n do
    let start = Unix.gettimeofday () in
    Fiber.sleep ~seconds:1e-4;
    late := !late +. (Unix.gettimeofday () -. start -. 1e-4)
  done;
  !late

let kernel name operations main =
  least name operations (fun () -> Picox_classes.run (fun () -> main operations))

let one_cpu () =
  let n = 20_000 in
  fibers "fiber_current" n (fun n ->
      for _ = 1 to n do
        ignore (Sys.opaque_identity (Fiber.current ()))
      done);
  fibers "fiber_yield" n (yield ~fibers:1000);
  fibers "fiber_spawn" n (fun n -> in_hundreds n (fun some -> spawn_some some ignore));
  fibers "fiber_fork" n (fun n ->
      Bundle.join_after (fun bundle ->
          in_hundreds n (fun some ->
              for _ = 1 to some do
                Bundle.fork bundle ignore
              done)));
  fibers "fiber_promise" (n / 2) (fun n ->
      Bundle.join_after (fun bundle ->
          for _ = 1 to n do
            Promise.await (Bundle.fork_as_promise bundle ignore)
          done));
  fibers "fiber_wake" n wake;
  measure "trigger_attach" n attach_and_detach;
  fibers "timer" (n / 4) set_timers;
  kernel "kernel_timer" (n / 4) (set_kernel_timers ~others:0);
  kernel "kernel_timer_10000" (n / 4) (set_kernel_timers ~others:10_000);
  kernel "kernel_sleep" 100 sleep_shortly

(* Two domains, a scheduler on each, wake each other by turns. *)
let wake_other n =
  let triggers = Array.init 2 (fun _ -> Array.init n (fun _ -> Trigger.create ())) in
  let play own () =
    Picos_mux_fifo.run (fun () ->
        for i = 0 to n - 1 do
          Trigger.signal triggers.(1 - own).(i);
          ignore (Trigger.await triggers.(own).(i))
        done)
  in
  let other = Domain.spawn (play 1) in
  play 0 ();
  Domain.join other

let () = if Sys.argv.(1) = "1" then one_cpu () else measure "fiber_wake_other" 1_000 wake_other
