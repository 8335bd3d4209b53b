(* SPDX-License-Identifier: ISC *)

open Picos

external now_ns : unit -> (int[@untagged]) = "picox_timers_now_boxed" "picox_timers_now" [@@noalloc]

type timer = Timer : { computation : 'a Computation.t; exn : exn; bt : Printexc.raw_backtrace } -> timer

(* By deadline, then in the order in which they were set. Persistent, so that a completion in a signal handler can take
   its timer out without a lock. *)
module Key = struct
  type t = { deadline : int; number : int }

  let compare a b =
    let order = Int.compare a.deadline b.deadline in
    if order <> 0 then order else Int.compare a.number b.number
end

module Timeline = Map.Make (Key)

let timeline : timer Timeline.t Atomic.t = Atomic.make Timeline.empty
let numbers = Atomic.make 0

let rec add key timer =
  let before = Atomic.get timeline in
  if not (Atomic.compare_and_set timeline before (Timeline.add key timer before)) then add key timer

(* Whether it was there. *)
let rec remove key =
  let before = Atomic.get timeline in
  Timeline.mem key before && (Atomic.compare_and_set timeline before (Timeline.remove key before) || remove key)

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

(* [until] is when the thread looks again by itself: [awake] if it is about to, [max_int] if never. Who adds something
   that is due before that wakes it. The thread looks once more after it has set [until]: so nothing is overlooked. *)
type service = {
  reads : Unix.file_descr;
  writes : Unix.file_descr;
  until : int Atomic.t;
  stopping : bool Atomic.t;
}

let awake = min_int

(* The one that runs. Changed under [changing] only. *)
let service : service option Atomic.t = Atomic.make None
let changing = Mutex.create ()

(* A pipe that is full wakes as well. *)
let rouse { writes; _ } =
  try ignore (Unix.write writes (Bytes.make 1 '!') 0 1)
  with Unix.Unix_error ((EAGAIN | EWOULDBLOCK | EINTR), _, _) -> ()

let sleep { reads; _ } watches seconds =
  let of_operation operation = descriptors operation watches in
  match Unix.select (reads :: of_operation `R) (of_operation `W) (of_operation `E) seconds with
  | (readable, _, _) as sets ->
      if List.mem reads readable then (
        try ignore (Unix.read reads (Bytes.create 64) 0 64) with Unix.Unix_error ((EAGAIN | EINTR), _, _) -> ());
      List.iter (complete sets) watches
  | exception Unix.Unix_error (EINTR, _, _) -> ()
  | exception Unix.Unix_error _ -> List.iter expel watches

let earliest () =
  match Timeline.min_binding_opt (Atomic.get timeline) with None -> max_int | Some (key, _) -> key.deadline

let sleep_until t deadline =
  let watches = Atomic.get watched in
  Atomic.set t.until deadline;
  if earliest () >= deadline && Atomic.get watched == watches then
    sleep t watches (if deadline = max_int then -1.0 else float (max 0 (deadline - now_ns ())) *. 1e-9);
  Atomic.set t.until awake

(* Signals whose handlers this thread runs. *)
let taken : int list Atomic.t = Atomic.make []

let rec serve t unblocked =
  let signals = Atomic.get taken in
  if signals != unblocked then ignore (Thread.sigmask SIG_UNBLOCK signals);
  if not (Atomic.get t.stopping) then begin
    (match Timeline.min_binding_opt (Atomic.get timeline) with
    | None -> sleep_until t max_int
    | Some (key, Timer { computation; exn; bt }) ->
        if key.deadline > now_ns () then sleep_until t key.deadline
        else if remove key then Computation.cancel computation exn bt);
    serve t signals
  end

(* Others are for the threads of the program: a handler may raise. *)
let all_signals = List.init 64 (fun i -> i + 1)

let serve t =
  ignore (Thread.sigmask SIG_BLOCK all_signals);
  serve t []

let stop t thread =
  Atomic.set t.stopping true;
  rouse t;
  Thread.join thread;
  Mutex.protect changing (fun () ->
      Atomic.set service None;
      Unix.close t.reads;
      Unix.close t.writes)

let start () =
  Mutex.protect changing (fun () ->
      if Atomic.get service = None then begin
        let reads, writes = Unix.pipe ~cloexec:true () in
        Unix.set_nonblock reads;
        Unix.set_nonblock writes;
        let t = { reads; writes; until = Atomic.make awake; stopping = Atomic.make false } in
        let thread =
          try Thread.create serve t
          with exn ->
            Unix.close reads;
            Unix.close writes;
            raise exn
        in
        (* A domain waits for its threads; the end of the main domain is that of the process. *)
        if not (Domain.is_main_domain ()) then Domain.at_exit (fun () -> stop t thread);
        Atomic.set service (Some t)
      end)

let entrance = Atomic.make ignore
let on_enter action = Atomic.set entrance action
let enter () = Atomic.get entrance ()
let nothing_to_do () = Timeline.is_empty (Atomic.get timeline) && Atomic.get watched = []
let tend () = if Atomic.get service = None && not (nothing_to_do ()) then start ()
let seconds_at_most = 50.0 *. 365.25 *. 86400.0

let[@alert "-handler"] cancel_after computation ~seconds exn bt =
  if not (seconds <= seconds_at_most) then invalid_arg "Picox_timers.cancel_after: more than 50 years";
  let deadline = now_ns () + int_of_float (Float.ceil (seconds *. 1e9)) in
  let key = { Key.deadline; number = Atomic.fetch_and_add numbers 1 } in
  add key (Timer { computation; exn; bt });
  let completed = Trigger.from_action key () (fun _ key () -> ignore (remove key)) in
  if not (Computation.try_attach computation completed) then ignore (remove key)
  else
    match Atomic.get service with None -> start () | Some t -> if deadline < Atomic.get t.until then rouse t

let rec take_signal signal =
  let before = Atomic.get taken in
  if not (List.mem signal before) then
    if not (Atomic.compare_and_set taken before (signal :: before)) then take_signal signal
    else Option.iter rouse (Atomic.get service)

let[@alert "-handler"] return_on fd operation computation value =
  let w = Watch { fd; operation; computation; value } in
  watch w;
  let completed = Trigger.from_action w () (fun _ w () -> ignore (unwatch w)) in
  if not (Computation.try_attach computation completed) then ignore (unwatch w)
  else match Atomic.get service with None -> start () | Some t -> if Atomic.get t.until <> awake then rouse t

let pending () = Timeline.cardinal (Atomic.get timeline)
