(* SPDX-License-Identifier: ISC *)

open Picos
module Trace = Picox_trace

type 'a request = {
  payload : 'a;
  trigger : Trigger.t;
  mutable result : (int, Device.error) result;
  action : ((int, Device.error) result -> unit) option;
}

type 'a t = {
  ring : 'a request Virtqueue.t;
  mutex : Mutex.t;
  notify : unit -> unit;
  complete : 'a -> int -> int;
  quiet : bool;
  name : Trace.name;
  mutable refused : Device.error option;
  waiting : Trigger.t Queue.t;  (** for room *)
}

let unnamed = Trace.name "virtqueue"

let create ?indirect ?event_index ?segments ?(quiet = false) ?(name = unnamed) ~entries ~notify complete =
  {
    ring = Virtqueue.create ?indirect ?event_index ?segments entries;
    mutex = Mutex.create ();
    notify;
    complete;
    quiet;
    name;
    refused = None;
    waiting = Queue.create ();
  }

let addresses t = (Virtqueue.descriptors t.ring, Virtqueue.available t.ring, Virtqueue.used t.ring)
let entries t = Virtqueue.entries t.ring
let in_flight t = Mutex.protect t.mutex (fun () -> Virtqueue.in_flight t.ring)

(* With the lock held. *)
let trace_depth t = if !Trace.active then Trace.counter t.name (Virtqueue.in_flight t.ring)

let publish t =
  Mutex.lock t.mutex;
  let kick = Virtqueue.publish t.ring in
  Mutex.unlock t.mutex;
  if kick then t.notify ()

(* With the lock held, which is let go. *)
let submit t ~show ~action fill =
  match
    let payload = fill t.ring in
    let request = { payload; trigger = Trigger.create (); result = Error `Reset; action } in
    if not (Virtqueue.submit t.ring request) then failwith "Requests: more segments than was said";
    trace_depth t;
    request
  with
  | request ->
      let kick = show && Virtqueue.publish t.ring in
      Mutex.unlock t.mutex;
      if kick then t.notify ();
      request
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      Virtqueue.drop t.ring;
      Mutex.unlock t.mutex;
      Printexc.raise_with_backtrace exn bt

(* Who is woken and cannot use the room passes that on. *)
let wake_one t = match Queue.take_opt t.waiting with Some trigger -> Trigger.signal trigger | None -> ()

let finish request result =
  request.result <- result;
  match request.action with Some action -> action result | None -> Trigger.signal request.trigger

(* Some at once, so that the lock is neither taken for each nor held for long. *)
let most_at_once = 64

(* With the lock held: what the device is done with, and what is wrong with it. *)
let take_some t =
  let rec go n taken =
    if n = most_at_once then (taken, None)
    else
      match Virtqueue.take t.ring with
      | Nothing -> (taken, None)
      | Broken fault -> (taken, Some fault)
      | Done (request, written) -> go (n + 1) ((request, t.complete request.payload written) :: taken)
  in
  let taken, fault = go 0 [] in
  if taken <> [] then trace_depth t;
  List.iter (fun _ -> wake_one t) taken;
  (List.rev taken, fault)

let finish_all taken = List.iter (fun (request, result) -> finish request (Ok result)) taken

let rec start ?publish:(show = true) ?action t ~segments fill =
  if segments > Virtqueue.entries t.ring then invalid_arg "Requests.start: too many segments";
  Mutex.lock t.mutex;
  match t.refused with
  | Some error ->
      Mutex.unlock t.mutex;
      Error error
  | None when Virtqueue.room t.ring ~segments > 0 -> Ok (submit t ~show ~action fill)
  | None ->
      (* What is not shown yet would never make room. *)
      let kick = Virtqueue.publish t.ring in
      let taken, fault = if t.quiet then take_some t else ([], None) in
      if taken <> [] || (t.quiet && fault = None && Virtqueue.want_interrupt t.ring) then begin
        Mutex.unlock t.mutex;
        if kick then t.notify ();
        finish_all taken;
        start ~publish:show ?action t ~segments fill
      end
      else begin
        let trigger = Trigger.create () in
        Queue.push trigger t.waiting;
        Mutex.unlock t.mutex;
        if kick then t.notify ();
        match Trigger.await trigger with
        | None -> start ~publish:show ?action t ~segments fill
        | Some (exn, bt) ->
            Mutex.protect t.mutex (fun () -> wake_one t);
            Printexc.raise_with_backtrace exn bt
      end

let wait request =
  if not (Trigger.is_signaled request.trigger) then
    Fiber.forbid (Fiber.current ()) (fun () ->
        match Trigger.await request.trigger with
        | None -> ()
        | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt);
  request.result

let run t ~segments fill = match start t ~segments fill with Ok request -> wait request | Error _ as error -> error

(* A quiet queue interrupts only when somebody waits for room. *)
let want_interrupt t =
  Mutex.protect t.mutex (fun () ->
      if t.quiet && Queue.is_empty t.waiting then begin
        Virtqueue.no_interrupt t.ring;
        false
      end
      else Virtqueue.want_interrupt t.ring)

type step = Idle | More | Broken of string

let step t =
  let taken, fault = Mutex.protect t.mutex (fun () -> take_some t) in
  finish_all taken;
  match fault with
  | Some fault -> Broken (Virtqueue.fault_text fault)
  | None -> if List.compare_length_with taken most_at_once = 0 || want_interrupt t then More else Idle

let refuse t error =
  Mutex.protect t.mutex (fun () ->
      if t.refused = None then t.refused <- Some error;
      Queue.iter Trigger.signal t.waiting;
      Queue.clear t.waiting)

let fail t error =
  refuse t error;
  let lost = Mutex.protect t.mutex (fun () -> Virtqueue.abandon t.ring) in
  List.iter (fun request -> finish request (Error error)) lost;
  List.map (fun request -> request.payload) lost
