(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_structured

type running = { pid : int; wait : unit -> int; terminate : unit -> unit; kill : unit -> unit; dump : dump }

and dump = (string -> (unit, Scheme.Error.t) result) -> (unit, Scheme.Error.t) result
type state = Waiting | Starting | Up | Stopped | Failed of string

type server = {
  manifest : Manifest.t;
  log : string -> unit;
  state : state Atomic.t;
  running : running option Atomic.t;
  wanted : bool Atomic.t;  (** that it runs *)
  starts : int Atomic.t;
  last_status : int option Atomic.t;
  changed : Trigger.t list Atomic.t;  (** who waits for a change of [state] or [wanted] *)
}

type t = {
  log : string -> unit;
  start : Manifest.t -> (running, string) result;
  up : Manifest.t -> bool;
  answers : Manifest.t -> unit;
  mutable servers : server list;
  ending : bool Atomic.t;
}

let create ?(log = ignore) ?(answers = ignore) ~start ~up () = { log; start; up; answers; servers = []; ending = Atomic.make false }
let servers t = t.servers
let find t name = List.find_opt (fun s -> s.manifest.name = name) t.servers
let manifest s = s.manifest
let state s = Atomic.get s.state
let pid s = Option.map (fun r -> r.pid) (Atomic.get s.running)
let starts s = Atomic.get s.starts
let last_status s = Atomic.get s.last_status

let state_text = function
  | Waiting -> "waiting"
  | Starting -> "starting"
  | Up -> "up"
  | Stopped -> "stopped"
  | Failed why -> "failed: " ^ why

(* Changes, and waiting for them *)

let announce s = List.iter Trigger.signal (Atomic.exchange s.changed [])

let set s state =
  Atomic.set s.state state;
  announce s

let rec subscribe s trigger =
  let before = Atomic.get s.changed in
  if not (Atomic.compare_and_set s.changed before (trigger :: before)) then subscribe s trigger

let rec await s condition =
  if not (condition ()) then begin
    let trigger = Trigger.create () in
    subscribe s trigger;
    (if not (condition ()) then
       match Trigger.await trigger with
       | None -> ()
       | Some (exn, backtrace) -> Printexc.raise_with_backtrace exn backtrace);
    await s condition
  end

let is_settled s = match Atomic.get s.state with Up | Stopped | Failed _ -> true | Waiting | Starting -> false

(* It has been tried, or waits for one that has been: what fails again and again is not waited for. *)
let rec is_tried t s =
  is_settled s
  ||
  match Atomic.get s.starts with
  | 0 -> List.exists (fun other -> (not (is_settled other)) && is_tried t other) (List.filter_map (find t) s.manifest.after)
  | 1 -> Atomic.get s.state = Waiting
  | _ -> true

let await_all t = List.iter (fun s -> await s (fun () -> is_tried t s)) t.servers

(* It ends here, until somebody wants it again. *)
let settle s state =
  Atomic.set s.wanted false;
  set s state

(* Waits for a moment, or until the server is not wanted any more. *)
let pause s seconds =
  if seconds > 0.0 then
    match Control.terminate_after ~seconds (fun () -> await s (fun () -> not (Atomic.get s.wanted))) with
    | () -> ()
    | exception Control.Terminate -> Fiber.check (Fiber.current ())

(* One run of the program *)

(* Until it is up; false: it was not in time. *)
let rec become_up t s ~left =
  if t.up s.manifest then begin
    t.log (s.manifest.name ^ ": is up");
    set s Up;
    true
  end
  else if left <= 0.0 then false
  else begin
    Control.sleep ~seconds:0.01;
    become_up t s ~left:(left -. 0.01)
  end

(* Until it does not answer. *)
let rec keep_asking t s =
  Control.sleep ~seconds:s.manifest.check_every;
  match Control.terminate_after ~seconds:s.manifest.health_within (fun () -> t.answers s.manifest) with
  | () -> keep_asking t s
  | exception Control.Terminate -> Fiber.check (Fiber.current ())

let watch t s running =
  match s.manifest.health with
  | None ->
      set s Up;
      running.wait ()
  | Some _ ->
      Bundle.join_after ~on_return:`Terminate (fun bundle ->
          Bundle.fork bundle (fun () ->
              if not (become_up t s ~left:s.manifest.health_within) then begin
                t.log (Printf.sprintf "%s: is not up after %g s" s.manifest.name s.manifest.health_within);
                running.kill ()
              end
              else if s.manifest.check <> None then begin
                keep_asking t s;
                t.log (Printf.sprintf "%s: does not answer within %g s" s.manifest.name s.manifest.health_within);
                running.kill ()
              end);
          running.wait ())

(* Its exit status. *)
let run_once t s =
  Atomic.incr s.starts;
  set s Starting;
  match t.start s.manifest with
  | Error why ->
      t.log (Printf.sprintf "%s: %s cannot be started: %s" s.manifest.name s.manifest.program why);
      Error why
  | Ok running ->
      Atomic.set s.running (Some running);
      let gone () = Atomic.set s.running None in
      (* Who stops it may have come before there was something to stop. *)
      if not (Atomic.get s.wanted) then running.terminate ();
      let status =
        match watch t s running with
        | status -> status
        | exception exn ->
            let backtrace = Printexc.get_raw_backtrace () in
            running.kill ();
            Fiber.forbid (Fiber.current ()) (fun () -> ignore (running.wait ()));
            gone ();
            Printexc.raise_with_backtrace exn backtrace
      in
      gone ();
      Atomic.set s.last_status (Some status);
      t.log (Printf.sprintf "%s: has ended with status %d" s.manifest.name status);
      Ok status

let wants_restart s = function
  | Error _ -> s.manifest.restart <> Never
  | Ok status -> ( match s.manifest.restart with Always -> true | On_failure -> status <> 0 | Never -> false)

(* A run that was up for so long begins the pauses anew. *)
let healthy_after = 5.0

let rec keep t s ~next_pause =
  let began = Unix.gettimeofday () in
  let result = run_once t s in
  let lasted = Unix.gettimeofday () -. began in
  if not (Atomic.get s.wanted) then settle s Stopped
  else if not (wants_restart s result) then
    settle s (match result with Ok 0 -> Stopped | Ok status -> Failed (Printf.sprintf "status %d" status) | Error why -> Failed why)
  else begin
    let now = if lasted > healthy_after then s.manifest.pause else next_pause in
    set s Waiting;
    pause s now;
    if Atomic.get s.wanted then keep t s ~next_pause:(min s.manifest.longest_pause (max 0.001 (2.0 *. now))) else settle s Stopped
  end

(* From one start on request to the next. *)
let rec look_after t s =
  let first = List.filter_map (find t) s.manifest.after in
  List.iter (fun other -> await other (fun () -> is_settled other || not (Atomic.get s.wanted))) first;
  let failed = List.filter (fun other -> match state other with Failed _ -> true | _ -> false) first in
  (match failed with
  | _ when not (Atomic.get s.wanted) -> settle s Stopped
  | [] -> keep t s ~next_pause:s.manifest.pause
  | other :: _ ->
      t.log (Printf.sprintf "%s: is not started, for %s has failed" s.manifest.name other.manifest.name);
      settle s (Failed (other.manifest.name ^ " has failed")));
  await s (fun () -> Atomic.get s.wanted || Atomic.get t.ending);
  if not (Atomic.get t.ending) then begin
    set s Waiting;
    look_after t s
  end

let make log manifest =
  {
    manifest;
    log;
    state = Atomic.make Waiting;
    running = Atomic.make None;
    wanted = Atomic.make true;
    starts = Atomic.make 0;
    last_status = Atomic.make None;
    changed = Atomic.make [];
  }

let prepare t manifests = t.servers <- List.map (make t.log) manifests

let run t =
  Bundle.join_after (fun bundle -> List.iter (fun s -> Bundle.fork bundle (fun () -> look_after t s)) t.servers)

(* Requests of others *)

let is_over s = match Atomic.get s.state with Stopped | Failed _ -> true | Waiting | Starting | Up -> false

(* False: it is not over in time. *)
let is_over_within s seconds =
  match Control.terminate_after ~seconds (fun () -> await s (fun () -> is_over s)) with
  | () -> true
  | exception Control.Terminate ->
      Fiber.check (Fiber.current ());
      false

(* Who is killed is gone within a second, or has met a bug, for which nobody is to wait. *)
let stop ?(patience = 2.0) ?(last_patience = 10.0) s =
  Atomic.set s.wanted false;
  announce s;
  Option.iter (fun r -> r.terminate ()) (Atomic.get s.running);
  if not (is_over_within s patience) then begin
    Option.iter (fun r -> r.kill ()) (Atomic.get s.running);
    if not (is_over_within s last_patience) then s.log (s.manifest.name ^ ": is killed, and does not end")
  end

let start s =
  if is_over s then begin
    Atomic.set s.wanted true;
    announce s
  end

let kill s = Option.iter (fun r -> r.kill ()) (Atomic.get s.running)

let dump s out =
  match Atomic.get s.running with Some running -> running.dump out | None -> Error Scheme.Error.Not_found

let stop_all ?patience ?last_patience t =
  List.iter (stop ?patience ?last_patience) (List.rev t.servers);
  Atomic.set t.ending true;
  List.iter announce t.servers
