(* SPDX-License-Identifier: ISC *)

open Picos
module Parker = Picox_parker
module Timeline = Picox_timeline
module Wheel = Picox_wheel

let now_ns = Picox_clock.now_ns

type timer = Timer : { computation : 'a Computation.t; exn : exn; bt : Printexc.raw_backtrace } -> timer

let timeline : timer Timeline.t = Timeline.create ()

let timer_due = Picox_trace.name "timer, ns late"

(* An exception of a signal handler leaves the rest for later. *)
let rec fire = function
  | [] -> ()
  | timer :: rest ->
      if !Picox_trace.active then Picox_trace.instant timer_due (now_ns () - Wheel.deadline timer);
      let (Timer { computation; exn; bt }) = Wheel.value timer in
      (try Computation.cancel computation exn bt
       with exn ->
         let bt = Printexc.get_raw_backtrace () in
         List.iter (Timeline.set timeline) rest;
         Printexc.raise_with_backtrace exn bt);
      fire rest

let poll () = if Timeline.bound timeline < max_int then fire (Timeline.expire timeline ~now:(now_ns ()))
let runner_wakes = Atomic.make 0
let thread_wakes = Atomic.make 0
let wake_ups () = (Atomic.get runner_wakes, Atomic.get thread_wakes)

(* Runners that see to the timers themselves, and how many want the thread to do it all the same. *)
let attendants : Parker.t list Atomic.t = Atomic.make []
let employers = Atomic.make 0
let thread_keeps_time () = Atomic.get attendants == [] || Atomic.get employers > 0

(* Of the attendants that sleep, the one that does so until the next deadline. Who goes to sleep has announced it, and then
   looks whether there is one. Who ceases to be it, or sets a timer, and finds that there is none then looks for others that
   are asleep: of these one is woken, to be it. *)
let keeper : Parker.t option Atomic.t = Atomic.make None
let is_keeper parker = match Atomic.get keeper with None -> false | Some other -> other == parker
let ensure_keeper () = if Atomic.get keeper == None then ignore (List.exists Parker.wake (Atomic.get attendants))

(* Descriptors that somebody waits for. *)
type watch =
  | Watch : { fd : Unix.file_descr; operation : [ `R | `W | `E ]; computation : 'a Computation.t; value : 'a } -> watch

let watched : watch list Atomic.t = Atomic.make []

let rec watch w =
  let before = Atomic.get watched in
  if not (Atomic.compare_and_set watched before (w :: before)) then watch w

(* Whether it was there. *)
let rec unwatch w =
  let before = Atomic.get watched in
  List.memq w before
  && (Atomic.compare_and_set watched before (List.filter (( != ) w) before) || unwatch w)

let descriptors operation watches =
  List.filter_map (fun (Watch w) -> if w.operation = operation then Some w.fd else None) watches

let ready (reads, writes, errors) (Watch w) =
  List.mem w.fd (match w.operation with `R -> reads | `W -> writes | `E -> errors)

let complete sets (Watch { computation; value; _ } as w) =
  if ready sets w && unwatch w then Computation.return computation value

(* One of them cannot be waited for: it is closed, or its number too high. *)
let expel (Watch { fd; operation; computation; _ } as w) =
  let one operation' = if operation = operation' then [ fd ] else [] in
  match Unix.select (one `R) (one `W) (one `E) 0.0 with
  | _ -> ()
  | exception Unix.Unix_error (EINTR, _, _) -> ()
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      if unwatch w then Computation.cancel computation exn bt

(* The thread looks once more after it has told that it is asleep: so no descriptor is overlooked. *)
type service = { stopping : bool Atomic.t }

(* The one that runs. Changed under [changing] only. *)
let service : service option Atomic.t = Atomic.make None
let changing = Mutex.create ()
let asleep = Atomic.make false

(* What ends its sleep. Never closed, since anybody may be about to write. *)
let pipe : (Unix.file_descr * Unix.file_descr) option Atomic.t = Atomic.make None

let open_pipe () =
  if Atomic.get pipe = None then begin
    let reads, writes = Unix.pipe ~cloexec:true () in
    Unix.set_nonblock reads;
    Unix.set_nonblock writes;
    Atomic.set pipe (Some (reads, writes))
  end

(* A pipe that is full wakes as well. *)
let rouse () =
  match Atomic.get pipe with
  | None -> ()
  | Some (_, writes) -> (
      try ignore (Unix.write writes (Bytes.make 1 '!') 0 1)
      with Unix.Unix_error ((EAGAIN | EWOULDBLOCK | EINTR), _, _) -> ())

let thread_sleeper = Timeline.sleeper timeline ~wake:rouse

let select reads watches seconds =
  let of_operation operation = descriptors operation watches in
  match Unix.select (reads :: of_operation `R) (of_operation `W) (of_operation `E) seconds with
  | (readable, _, _) as sets ->
      if List.mem reads readable then (
        try ignore (Unix.read reads (Bytes.create 64) 0 64) with Unix.Unix_error ((EAGAIN | EINTR), _, _) -> ());
      List.iter (complete sets) watches
  | exception Unix.Unix_error (EINTR, _, _) -> ()
  | exception Unix.Unix_error _ -> List.iter expel watches

let sleep reads =
  let watches = Atomic.get watched in
  Atomic.set asleep true;
  let deadline = if thread_keeps_time () then Timeline.prepare timeline thread_sleeper else max_int in
  if deadline > 0 && Atomic.get watched == watches then begin
    select reads watches (if deadline = max_int then -1.0 else float (max 0 (deadline - now_ns ())) *. 1e-9);
    Atomic.incr thread_wakes
  end;
  Timeline.awake thread_sleeper;
  Atomic.set asleep false

(* Signals whose handlers this thread runs. *)
let taken : int list Atomic.t = Atomic.make []

let rec serve t reads unblocked =
  let signals = Atomic.get taken in
  if signals != unblocked then ignore (Thread.sigmask SIG_UNBLOCK signals);
  if not (Atomic.get t.stopping) then begin
    if thread_keeps_time () then poll ();
    sleep reads;
    serve t reads signals
  end

(* Others are for the threads of the program: a handler may raise. *)
let all_signals = List.init 64 (fun i -> i + 1)

let serve (t, reads) =
  ignore (Thread.sigmask SIG_BLOCK all_signals);
  serve t reads []

let stop t thread =
  Atomic.set t.stopping true;
  rouse ();
  Thread.join thread;
  Mutex.protect changing (fun () -> Atomic.set service None)

let start () =
  Mutex.protect changing (fun () ->
      if Atomic.get service = None then begin
        open_pipe ();
        let t = { stopping = Atomic.make false } in
        let reads, _ = Option.get (Atomic.get pipe) in
        let thread = Thread.create serve (t, reads) in
        (* A domain waits for its threads; the end of the main domain is that of the process. *)
        if not (Domain.is_main_domain ()) then Domain.at_exit (fun () -> stop t thread);
        Atomic.set service (Some t)
      end)

let entrance = Atomic.make ignore
let on_enter action = Atomic.set entrance action
let enter () = Atomic.get entrance ()

let thread_is_needed () =
  Atomic.get watched != [] || (thread_keeps_time () && Timeline.bound timeline < max_int)

let tend () = if Atomic.get service == None && thread_is_needed () then start ()
let rouse_if_asleep () = if Atomic.get asleep then rouse ()
let seconds_at_most = 50.0 *. 365.25 *. 86400.0

let[@alert "-handler"] cancel_after computation ~seconds exn bt =
  if not (seconds <= seconds_at_most) then invalid_arg "Picox_timers.cancel_after: more than 50 years";
  let deadline = now_ns () + int_of_float (Float.ceil (seconds *. 1e9)) in
  let timer = Wheel.timer ~deadline (Timer { computation; exn; bt }) in
  Timeline.set timeline timer;
  let completed = Trigger.from_action timer () (fun _ timer () -> Timeline.drop timeline timer) in
  if not (Computation.try_attach computation completed) then Timeline.drop timeline timer
  else begin
    if Atomic.get service == None && thread_keeps_time () then start ();
    ensure_keeper ()
  end

let rec take_signal signal =
  let before = Atomic.get taken in
  if not (List.mem signal before) then
    if not (Atomic.compare_and_set taken before (signal :: before)) then take_signal signal
    else rouse ()

let[@alert "-handler"] return_on fd operation computation value =
  let w = Watch { fd; operation; computation; value } in
  watch w;
  let completed = Trigger.from_action w () (fun _ w () -> ignore (unwatch w)) in
  if not (Computation.try_attach computation completed) then ignore (unwatch w)
  else if Atomic.get service == None then start ()
  else rouse_if_asleep ()

(* {1 Without the thread} *)

let rec change_attendants change =
  let before = Atomic.get attendants in
  if not (Atomic.compare_and_set attendants before (change before)) then change_attendants change

let attend parker = change_attendants (fun before -> parker :: before)

let leave parker =
  change_attendants (List.filter (fun other -> other != parker));
  if not (Timeline.is_empty timeline) then ensure_keeper ();
  tend ();
  rouse_if_asleep ()

let hire () =
  Atomic.incr employers;
  tend ();
  rouse_if_asleep ()

let dismiss () = Atomic.decr employers

let keeper_sleeper =
  Timeline.sleeper timeline ~wake:(fun () -> Option.iter (fun parker -> ignore (Parker.wake parker)) (Atomic.get keeper))

let sleep_until_due parker =
  let deadline = Timeline.prepare timeline keeper_sleeper in
  if deadline = 0 then Parker.withdraw parker
  else begin
    Parker.park_until parker deadline;
    Atomic.incr runner_wakes
  end

let park parker =
  if Atomic.get keeper == None && Atomic.compare_and_set keeper None (Some parker) then begin
    let cease () =
      Timeline.awake keeper_sleeper;
      Atomic.set keeper None
    in
    (try sleep_until_due parker
     with exn ->
       let bt = Printexc.get_raw_backtrace () in
       cease ();
       Printexc.raise_with_backtrace exn bt);
    cease ();
    poll ();
    if not (Timeline.is_empty timeline) then ensure_keeper ()
  end
  else Parker.park parker

let pending () = Timeline.length timeline
