(* SPDX-License-Identifier: ISC *)

(* The thread of the timers and the domains that it lives in. It must not come to live in the main domain here: there it
   stays. *)

open Picos
open Picox_check.Check

exception A

let bt = Printexc.get_callstack 0
let in_domain body = Domain.join (Domain.spawn body)

let add () =
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
