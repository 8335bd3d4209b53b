(* SPDX-License-Identifier: ISC *)

module Wheel = Picox_wheel

let no_time = min_int

(* [until]: when it wakes by itself; [no_time] while it does not sleep. *)
type sleeper = { until : int Atomic.t; wake : unit -> unit }
type 'a request = Set of 'a Wheel.timer | Drop of 'a Wheel.timer

(* The wheel belongs to who has set [busy]. *)
type 'a t = {
  wheel : 'a Wheel.t;
  busy : bool Atomic.t;
  requests : 'a request list Atomic.t;  (** newest first *)
  bound : int Atomic.t;  (** the wheel's, from when it was last released *)
  sleepers : sleeper list Atomic.t;
}

let create () =
  {
    wheel = Wheel.create ();
    busy = Atomic.make false;
    requests = Atomic.make [];
    bound = Atomic.make max_int;
    sleepers = Atomic.make [];
  }

let bound t = Atomic.get t.bound

let rec ask t request =
  let before = Atomic.get t.requests in
  if not (Atomic.compare_and_set t.requests before (request :: before)) then ask t request

let perform t = function Set timer -> Wheel.set t.wheel timer | Drop timer -> Wheel.drop t.wheel timer

(* An exception of a signal handler leaves the rest for later. *)
let rec perform_all t = function
  | [] -> ()
  | request :: rest ->
      (try perform t request
       with exn ->
         let bt = Printexc.get_raw_backtrace () in
         List.iter (ask t) rest;
         Printexc.raise_with_backtrace exn bt);
      perform_all t rest

let rec drain t =
  match Atomic.get t.requests with
  | [] -> ()
  | _ ->
      perform_all t (List.rev (Atomic.exchange t.requests []));
      drain t

let publish t =
  let bound = Wheel.bound t.wheel in
  if bound <> Atomic.get t.bound then Atomic.set t.bound bound

let try_hold t = (not (Atomic.get t.busy)) && Atomic.compare_and_set t.busy false true

(* Requests that came too late for the holder are seen to by itself, or by who has it next. *)
let rec release t =
  publish t;
  Atomic.set t.busy false;
  if Atomic.get t.requests != [] then combine t

and combine t =
  if try_hold t then begin
    (try drain t
     with exn ->
       let bt = Printexc.get_raw_backtrace () in
       publish t;
       Atomic.set t.busy false;
       Printexc.raise_with_backtrace exn bt);
    release t
  end

(* What the body does with the wheel, once requests from before are performed; the wheel is held. *)
let with_held t body =
  match
    drain t;
    body t.wheel
  with
  | value ->
      release t;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      release t;
      Printexc.raise_with_backtrace exn bt

let rec with_wheel t body =
  if try_hold t then with_held t body
  else begin
    Domain.cpu_relax ();
    Thread.yield ();
    with_wheel t body
  end

let request t request =
  if try_hold t then begin
    (match
       drain t;
       perform t request
     with
    | () -> ()
    | exception exn ->
        let bt = Printexc.get_raw_backtrace () in
        release t;
        Printexc.raise_with_backtrace exn bt);
    release t
  end
  else begin
    ask t request;
    combine t
  end

(* After the timer, or the request, is where {!prepare} looks for it. *)
let rec wake_late deadline = function
  | [] -> ()
  | { until; wake } :: rest ->
      let before = Atomic.get until in
      (* Once: it looks again before it sleeps again. *)
      if deadline < before && Atomic.compare_and_set until before no_time then wake ();
      wake_late deadline rest

let set t timer =
  request t (Set timer);
  wake_late (Wheel.deadline timer) (Atomic.get t.sleepers)

let drop t timer = request t (Drop timer)
let length t = with_wheel t Wheel.length

let expire t ~now =
  if now < bound t && Atomic.get t.requests == [] then []
  else if try_hold t then with_held t (fun wheel -> Wheel.expire wheel ~now)
  else []

let sleeper t ~wake =
  let sleeper = { until = Atomic.make no_time; wake } in
  let rec add () =
    let before = Atomic.get t.sleepers in
    if not (Atomic.compare_and_set t.sleepers before (sleeper :: before)) then add ()
  in
  add ();
  sleeper

(* Who sets a timer either sees [until], or has been there before these three looks: as a request, as the holder, or in
   the bound. In this order, since it goes from one to the next. *)
let prepare t sleeper =
  let deadline = with_wheel t Wheel.earliest in
  Atomic.set sleeper.until deadline;
  if Atomic.get t.requests == [] && (not (Atomic.get t.busy)) && Atomic.get t.bound >= deadline then deadline else 0

(* In the order in which a timer goes through them. *)
let is_empty t = Atomic.get t.requests == [] && (not (Atomic.get t.busy)) && Atomic.get t.bound = max_int
let awake sleeper = Atomic.set sleeper.until no_time
