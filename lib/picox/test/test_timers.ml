(* SPDX-License-Identifier: ISC *)

(* The thread of the timers and the domains that it lives in. It must not come to live in the main domain here: there it
   stays. *)

open Picos
open Picox_check.Check

exception A

let bt = Printexc.get_callstack 0
let in_domain body = Domain.join (Domain.spawn body)

(* The kernel's scheduler sees to its timers itself. *)

let kernel ?(n_domains = 1) main = Picox_classes.run_on ~n_domains main

(* The thread, where a test before left one, may have one sleep to end. *)
let slept_once seconds =
  let runners, thread = Picox_timers.wake_ups () in
  Fiber.sleep ~seconds;
  let runners', thread' = Picox_timers.wake_ups () in
  equal "wake-ups" 1 (runners' - runners);
  that "the thread sleeps" (thread' - thread <= 1)

let without_the_thread () =
  test "timers: nobody wakes while nothing is due" (fun () ->
      in_domain (fun () ->
          kernel (fun () ->
              let far = List.init 1_000 (fun _ -> Computation.create ()) in
              List.iteri (fun i c -> Computation.cancel_after c ~seconds:(1_000.0 +. float i) A bt) far;
              slept_once 0.3;
              List.iter Computation.finish far;
              equal "none" 0 (Picox_timers.pending ()))));
  test "timers: those dropped wake nobody" (fun () ->
      in_domain (fun () ->
          kernel (fun () ->
              let some = List.init 100 (fun _ -> Computation.create ()) in
              List.iteri (fun i c -> Computation.cancel_after c ~seconds:(0.05 +. (1e-3 *. float i)) A bt) some;
              List.iter Computation.finish some;
              slept_once 0.2)));
  List.iter
    (fun n_domains ->
      test (Printf.sprintf "timers: 100,000 set, and half let go, on %d domains" n_domains) (fun () ->
          let n = scaled 100_000 in
          kernel ~n_domains (fun () ->
              let random = Random.State.make [| 3 |] in
              let some =
                Array.init n (fun _ ->
                    let c = Computation.create () in
                    Computation.cancel_after c ~seconds:(Random.State.float random 0.3) A bt;
                    c)
              in
              Array.iteri (fun i c -> if i mod 2 = 0 then Computation.return c ()) some;
              Array.iteri (fun i c -> if i mod 2 = 1 then raises "fires" (( = ) A) (fun () -> Computation.await c)) some;
              equal "none" 0 (Picox_timers.pending ()))))
    [ 1; 4 ];
  test "timers: a wake-up across domains, and timers, in turn" (fun () ->
      kernel ~n_domains:2 (fun () ->
          for i = 1 to scaled 1_000 do
            let c = Computation.create () in
            Fiber.spawn
              (Fiber.create ~forbid:false (Computation.create ()))
              (fun _ ->
                if i mod 3 = 0 then Fiber.sleep ~seconds:1e-5;
                Computation.finish c);
            if i mod 2 = 0 then Computation.cancel_after c ~seconds:1e-5 A bt;
            Computation.wait c
          done));
  test "timers: two kernel schedulers at once" (fun () ->
      for _ = 1 to scaled 200 do
        let sleeps n () =
          in_domain (fun () ->
              kernel (fun () -> for i = 1 to n do Fiber.sleep ~seconds:(1e-5 *. float (i mod 7)) done))
        in
        let other = Domain.spawn (sleeps 5) in
        sleeps 20 ();
        Domain.join other
      done;
      equal "none" 0 (Picox_timers.pending ()));
  test "timers: go on while fibers are always ready" (fun () ->
      kernel (fun () ->
          let c = Computation.create () in
          Computation.cancel_after c ~seconds:0.01 A bt;
          while Computation.is_running c do Fiber.yield () done));
  test "timers: those of the kernel's scheduler outlive it" (fun () ->
      let c = Computation.create () in
      in_domain (fun () ->
          kernel (fun () -> Computation.cancel_after c ~seconds:0.02 A bt);
          while Computation.is_running c do Unix.sleepf 0.001 done);
      equal "none" 0 (Picox_timers.pending ()))

let add () =
  without_the_thread ();
  test "timers: a scheduler that goes to sleep takes over from a domain that has ended" (fun () ->
      let c = Computation.create () in
      in_domain (fun () -> Picox_timers.cancel_after c ~seconds:0.05 A bt);
      in_domain (fun () ->
          Picos_mux_fifo.run (fun () -> raises "fires" (( = ) A) (fun () -> Computation.await c))));
  test "timers: so does who sets one" (fun () ->
      let first = Computation.create () and second = Computation.create () and far = Computation.create () in
      in_domain (fun () ->
          Picox_timers.cancel_after far ~seconds:100_000.0 A bt;
          Picox_timers.cancel_after first ~seconds:0.05 A bt);
      in_domain (fun () ->
          Picox_timers.cancel_after second ~seconds:0.05 A bt;
          while Computation.is_running first || Computation.is_running second do Unix.sleepf 0.001 done);
      that "not yet" (Computation.is_running far);
      equal "pending" 1 (Picox_timers.pending ());
      Computation.finish far;
      equal "none" 0 (Picox_timers.pending ()));
  test "timers: those of two domains, beside a far one, all go off" (fun () ->
      let far = Computation.create () in
      let sleep_often () =
        Picos_mux_fifo.run (fun () ->
            for i = 1 to scaled 2_000 do
              Fiber.sleep ~seconds:(1e-6 *. float (i mod 100));
              if i mod 7 = 0 then Fiber.sleep ~seconds:0.0
            done)
      in
      in_domain (fun () ->
          Picox_timers.cancel_after far ~seconds:100_000.0 A bt;
          let other = Domain.spawn sleep_often in
          sleep_often ();
          Domain.join other);
      Computation.finish far;
      equal "none" 0 (Picox_timers.pending ()));
  test "timers: absurd times are refused" (fun () ->
      let c = Computation.create () in
      raises "too long" is_invalid (fun () -> Picox_timers.cancel_after c ~seconds:2e9 A bt);
      raises "never" is_invalid (fun () -> Picox_timers.cancel_after c ~seconds:infinity A bt);
      equal "none" 0 (Picox_timers.pending ()))
