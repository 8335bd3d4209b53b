(* SPDX-License-Identifier: ISC *)

open Picos
module Parker = Picox_parker

(* What all fibers share. *)
type t = {
  alive : int Atomic.t;  (** fibers that have not returned *)
  ended : unit Computation.t;  (** all have returned *)
  stopped : unit Computation.t;  (** canceled with the first fatal exception *)
  fatal_exn_handler : (exn -> unit) option;
}

type context = { shared : t; fiber : Fiber.t; parker : Parker.t }

(* Ends a thread whose fiber is abandoned: raised in its effect handler, never in the fiber. *)
exception Abandoned

let is_stopped t = not (Computation.is_running t.stopped)
let wake _ parker () = ignore (Parker.wake parker)

(* Sleeps until [ready ()] or the scheduler is stopped; who makes it ready wakes the parker. *)
let[@alert "-handler"] sleep_until { shared; parker; _ } ready =
  let alarm = Trigger.from_action parker () wake in
  if Computation.try_attach shared.stopped alarm then begin
    let rec wait () =
      Picox_timers.tend ();
      Parker.announce parker;
      if ready () || is_stopped shared then Parker.withdraw parker
      else begin
        Parker.park parker;
        wait ()
      end
    in
    wait ();
    Computation.detach shared.stopped alarm
  end

let await context trigger k =
  let fiber = context.fiber and woken = Atomic.make false in
  let resume trigger parker woken =
    ignore (Fiber.unsuspend fiber trigger);
    Atomic.set woken true;
    ignore (Parker.wake parker)
  in
  if (Fiber.try_suspend fiber trigger context.parker woken resume [@alert "-handler"]) then
    sleep_until context (fun () -> Atomic.get woken);
  if is_stopped context.shared then raise_notrace Abandoned;
  Fiber.resume fiber k

let fatal t exn bt =
  let exn, bt =
    match Option.iter (fun handle -> handle exn) t.fatal_exn_handler with
    | () -> (exn, bt)
    | exception exn -> (exn, Printexc.get_raw_backtrace ())
  in
  Computation.cancel t.stopped exn bt

let rec spawn context fiber main =
  let t = context.shared in
  Fiber.check context.fiber;
  Atomic.incr t.alive;
  try ignore (Thread.create (run_on_this_thread t fiber) main)
  with exn ->
    let bt = Printexc.get_raw_backtrace () in
    Atomic.decr t.alive;
    Printexc.raise_with_backtrace exn bt

and run_on_this_thread t fiber main =
  Picox_timers.enter ();
  let context = { shared = t; fiber; parker = Parker.create () } in
  match Effect.Deep.match_with main fiber (handler context) with
  | () -> if Atomic.fetch_and_add t.alive (-1) = 1 then Computation.finish t.ended
  | exception Abandoned -> ()
  | exception exn -> fatal t exn (Printexc.get_raw_backtrace ())

and handler context =
  let open Effect.Deep in
  let perform : type a. (unit -> a) -> (a, unit) continuation -> unit =
   fun action k ->
    if is_stopped context.shared then raise_notrace Abandoned;
    match action () with
    | value -> continue k value
    | exception exn -> discontinue_with_backtrace k exn (Printexc.get_raw_backtrace ())
  in
  let yield () =
    Fiber.check context.fiber;
    Thread.yield ()
  in
  let cancel_after computation ~seconds exn bt =
    Fiber.check context.fiber;
    Picox_timers.cancel_after computation ~seconds exn bt
  in
  let effc : type a. a Effect.t -> ((a, unit) continuation -> unit) option = function
    | Fiber.Current -> Some (perform (fun () -> context.fiber))
    | Fiber.Yield -> Some (perform yield)
    | Fiber.Spawn r -> Some (perform (fun () -> spawn context r.fiber r.main))
    | Computation.Cancel_after r -> Some (perform (fun () -> cancel_after r.computation ~seconds:r.seconds r.exn r.bt))
    | Trigger.Await trigger -> Some (await context trigger)
    | _ -> None
  in
  { retc = Fun.id; exnc = (fun exn -> Printexc.raise_with_backtrace exn (Printexc.get_raw_backtrace ())); effc }

let run_fiber ?fatal_exn_handler fiber main =
  let ended = Computation.create () and stopped = Computation.create () in
  let t = { alive = Atomic.make 1; ended; stopped; fatal_exn_handler } in
  run_on_this_thread t fiber main;
  let waiter = { shared = t; fiber; parker = Parker.create () } in
  let alarm = (Trigger.from_action waiter.parker () wake [@alert "-handler"]) in
  if Computation.try_attach ended alarm then sleep_until waiter (fun () -> not (Computation.is_running ended));
  Computation.check stopped

let run ?forbid ?fatal_exn_handler main =
  Picox_runner.captured ?forbid (fun fiber main -> run_fiber ?fatal_exn_handler fiber main) main
