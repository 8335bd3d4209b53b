(* SPDX-License-Identifier: ISC *)

open Picos
module Parker = Picox_parker

(* Those of any type call a function to compare. *)
let max = Int.max

type queue = { waiting : Trigger.t list Atomic.t; wakes : int Atomic.t }

let queue () = { waiting = Atomic.make []; wakes = Atomic.make 0 }

let rec join queue trigger =
  let before = Atomic.get queue.waiting in
  if not (Atomic.compare_and_set queue.waiting before (trigger :: before)) then join queue trigger

let rec leave queue trigger =
  match Atomic.get queue.waiting with
  | [] -> ()
  | before ->
      let after = List.filter (fun other -> other != trigger) before in
      if not (Atomic.compare_and_set queue.waiting before after) then leave queue trigger

let wake queue =
  Atomic.incr queue.wakes;
  match Atomic.get queue.waiting with [] -> () | _ -> List.iter Trigger.signal (Atomic.exchange queue.waiting [])

let wakes queue = Atomic.get queue.wakes

exception Interrupted

let no_backtrace = Printexc.get_callstack 0

type sleeper = {
  carriers : Picox_carriers.t;
  mutable is_carried : bool;
  parker : Parker.t;
  current : Trigger.t Atomic.t;
  request : unit Computation.t Atomic.t;
  stop : unit -> bool;
  life : unit Computation.t;
  fiber : Fiber.t;
  turn : Turns.member option;
}

(* Its own waits look at [stop]; what a scheme does for it is canceled. So the fiber permits cancelation only there. *)
let sleeper ?turn ~stop () =
  let life = Computation.create () in
  {
    carriers = Picox_carriers.here ();
    is_carried = false;
    parker = Parker.create ();
    current = Atomic.make Trigger.signaled;
    request = Atomic.make Computation.finished;
    stop;
    life;
    fiber = Fiber.create ~forbid:true life;
    turn;
  }

(* Around what its thread sleeps in: others may have the CPU. *)
let give_way sleeper = match sleeper.turn with Some turn -> Turns.leave turn | None -> ()
let come_back sleeper = match sleeper.turn with Some turn -> Turns.enter turn | None -> ()

let asleep sleeper f =
  give_way sleeper;
  Fun.protect ~finally:(fun () -> come_back sleeper) f

let carriers sleeper = sleeper.carriers

let start sleeper ~resumed ~suspended ~ended f =
  sleeper.is_carried <- true;
  Picox_carriers.run sleeper.carriers sleeper.fiber ~resumed ~suspended ~ended (fun _ -> f ())

let run sleeper f = Picos_mux_thread.run_fiber sleeper.fiber (fun _ -> f ())

let interrupt sleeper =
  Trigger.signal (Atomic.get sleeper.current);
  Computation.cancel (Atomic.get sleeper.request) Interrupted no_backtrace

let finish sleeper =
  Computation.cancel sleeper.life Interrupted no_backtrace;
  interrupt sleeper

let should_stop sleeper = sleeper.stop ()
let is_waiting sleeper = Parker.is_asleep sleeper.parker || not (Trigger.is_signaled (Atomic.get sleeper.current))
let is_asking sleeper = Computation.is_running (Atomic.get sleeper.request)

type outcome = Ready | Stopped | Late

let[@alert "-handler"] trigger_of sleeper =
  Trigger.from_action sleeper.parker () (fun _ parker () -> ignore (Parker.wake parker))

let park sleeper deadline =
  if deadline = max_int then Parker.park sleeper.parker else Parker.park_until sleeper.parker deadline

(* With a deadline the thread itself sleeps, without its fiber's scheduler. Who signals the trigger before the announcement
   wakes nobody, but is seen after it, as is what they have changed before that. *)
let sleep sleeper deadline queues ready =
  let trigger = trigger_of sleeper in
  List.iter (fun queue -> join queue trigger) queues;
  Atomic.set sleeper.current trigger;
  Parker.announce sleeper.parker;
  (* Being ready can mean that something was taken: not twice. *)
  let now = ready () in
  if now || sleeper.stop () || Trigger.is_signaled trigger then Parker.withdraw sleeper.parker
  else if sleeper.is_carried then (
    give_way sleeper;
    Picox_carriers.aside sleeper.carriers (fun () -> park sleeper deadline);
    come_back sleeper)
  else park sleeper deadline;
  List.iter (fun queue -> leave queue trigger) queues;
  now

(* Its carrier goes on with another. The fiber forbids cancelation. *)
let suspend sleeper queues ready =
  let trigger = Trigger.create () in
  List.iter (fun queue -> join queue trigger) queues;
  Atomic.set sleeper.current trigger;
  let now = ready () in
  if not (now || sleeper.stop ()) then ignore (Trigger.await trigger);
  List.iter (fun queue -> leave queue trigger) queues;
  now

let rec until sleeper ?(deadline = max_int) queues ready =
  if ready () then Ready
  else if sleeper.stop () then Stopped
  else if deadline <> max_int && deadline <= Vcpu.now () then Late
  else if if deadline = max_int then suspend sleeper queues ready else sleep sleeper deadline queues ready then Ready
  else until sleeper ~deadline queues ready

(* As [until], with an attempt less. *)
let rec repeat_waiting sleeper ~(again : int) queue attempt =
  if sleeper.stop () then Errno.eintr
  else
    let trigger = Trigger.create () in
    join queue trigger;
    Atomic.set sleeper.current trigger;
    let answer = attempt () in
    if answer = again && not (sleeper.stop ()) then ignore (Trigger.await trigger);
    leave queue trigger;
    if answer <> again then answer
    else
      let answer = attempt () in
      if answer <> again then answer else repeat_waiting sleeper ~again queue attempt

let repeat sleeper ~nonblocking ~again queue attempt =
  let answer : int = attempt () in
  if answer <> again then answer
  else if nonblocking then Errno.eagain
  else repeat_waiting sleeper ~again queue attempt

let rec plainly queue ready =
  if not (ready ()) then (
    let trigger = Trigger.create () in
    join queue trigger;
    let canceled = if ready () then None else Trigger.await trigger in
    leave queue trigger;
    match canceled with
    | Some (exn, backtrace) -> Printexc.raise_with_backtrace exn backtrace
    | None -> plainly queue ready)

(* Requests to schemes. *)

let errors f = match f () with Ok value -> Ok value | Error error -> Error (Errno.of_scheme error)

let steadily sleeper f =
  match Fiber.permit sleeper.fiber (fun () -> errors f) with
  | answer -> answer
  | exception Interrupted -> Error Errno.eintr

let unless_canceled f =
  match Fiber.permit (Fiber.current ()) f with answer -> Some answer | exception Interrupted -> None

(* The request's own computation is the fiber's for as long. *)
let interruptibly_within sleeper ?(deadline = max_int) f =
  let request = Computation.create () in
  Atomic.set sleeper.request request;
  if sleeper.stop () then Error Errno.eintr
  else
    let fiber = sleeper.fiber in
    let before = Fiber.get_computation fiber in
    let perform () =
      if deadline <> max_int then (
        let left = max 0 (deadline - Vcpu.now ()) in
        Computation.cancel_after request ~seconds:(Float.min 1e9 (float left *. 1e-9)) Interrupted no_backtrace);
      f { Scheme.Handle.fiber; computation = request }
    in
    let finish () =
      Fiber.set_computation fiber before;
      Computation.finish request
    in
    Fiber.set_computation fiber (Packed request);
    match Fiber.permit fiber perform with
    | Ok value ->
        finish ();
        Ok value
    | Error error ->
        finish ();
        Error (Errno.of_scheme error)
    | exception Interrupted ->
        finish ();
        Error Errno.eintr
    | exception exn ->
        let backtrace = Printexc.get_raw_backtrace () in
        finish ();
        Printexc.raise_with_backtrace exn backtrace

let interruptibly sleeper ?deadline f = interruptibly_within sleeper ?deadline (fun _ -> f ())
