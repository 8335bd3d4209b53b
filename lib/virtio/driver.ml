(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_structured

type queue = Queue : { index : int; requests : 'a Requests.t } -> queue

type t = {
  transport : Transport.t;
  features : int;
  mutable queues : queue list;
  ended : Device.error Computation.t;
}

let indirect = 28
let event_index = 29
let version_1 = 32
let features t = t.features
let has t feature = (t.features lsr feature) land 1 = 1
let transport t = t.transport
let finish t error = ignore (Computation.try_return t.ended error)

(* Devices that have been started and not reset since. They may write to the buffers of their queues, which therefore must
   not be collected, whatever becomes of the fibers. *)
let alive : t list Atomic.t = Atomic.make []

let rec change_alive change =
  let before = Atomic.get alive in
  if not (Atomic.compare_and_set alive before (change before)) then change_alive change

let all_ones = 0xff

(* Whether it has come to rest. One that is gone reads as all ones, and does nothing any more. *)
let reset (transport : Transport.t) =
  transport.set_status 0;
  let rec wait tries =
    let status = transport.status () in
    if status = 0 || status = all_ones then true
    else if tries = 0 then false
    else begin
      Fiber.sleep ~seconds:0.001;
      wait (tries - 1)
    end
  in
  Fiber.forbid (Fiber.current ()) (fun () -> wait 2000)

let rec power_of_two_below n = if n land (n - 1) = 0 then n else power_of_two_below (n land (n - 1))

let queue t index ?(entries = 128) ?segments ?quiet complete =
  let most = if index < t.transport.queues then t.transport.queue_size index else 0 in
  if most <= 0 || most > 32768 then failwith (Printf.sprintf "%s: it has no queue %d" t.transport.name index);
  let requests =
    Requests.create ~indirect:(has t indirect) ~event_index:(has t event_index) ?segments ?quiet
      ~name:(Picox_trace.name (Printf.sprintf "%s queue %d" t.transport.name index))
      ~entries:(power_of_two_below (min entries most))
      ~notify:(fun () -> t.transport.notify index)
      complete
  in
  t.queues <- Queue { index; requests } :: t.queues;
  requests

let start_queue t (Queue { index; requests }) =
  let descriptors, available, used = Requests.addresses requests in
  t.transport.start_queue index ~entries:(Requests.entries requests) ~descriptors ~available ~used

let config t read =
  let rec go tries =
    if tries = 0 then failwith (t.transport.name ^ ": its configuration does not keep still");
    let before = t.transport.generation () in
    let found = read t.transport in
    if t.transport.generation () = before then found else go (tries - 1)
  in
  go 100

(* Of all changes of the configuration one is a cry for help. *)
let look_at_status t =
  let status = t.transport.status () in
  if status = all_ones then finish t `Gone
  else if status land Transport.needs_reset <> 0 then finish t (`Malformed "the device asks for a reset")

let rec watch t seen =
  look_at_status t;
  watch t (Device_interrupt.await t.transport.changed ~seen)

let step t (Queue { requests; _ }) =
  match Requests.step requests with
  | Idle -> false
  | More -> true
  | Broken what ->
      finish t (`Malformed what);
      false

let rec serve_queue t (Queue { index; _ } as queue) seen =
  if step t queue then begin
    Fiber.yield ();
    serve_queue t queue seen
  end
  else serve_queue t queue (Device_interrupt.await (t.transport.interrupt index) ~seen)

(* One interrupt for all: who takes it back may have done so for any queue, and looks at them all. *)
let rec serve_all t acknowledge seen =
  if List.fold_left (fun more queue -> step t queue || more) false t.queues then begin
    Fiber.yield ();
    serve_all t acknowledge seen
  end
  else begin
    let seen = Device_interrupt.await t.transport.changed ~seen in
    if acknowledge () land 2 <> 0 then look_at_status t;
    serve_all t acknowledge seen
  end

let serve t body =
  Bundle.join_after ~on_return:`Terminate @@ fun bundle ->
  (match t.transport.shared with
  | Some acknowledge ->
      look_at_status t;
      Bundle.fork bundle (fun () -> serve_all t acknowledge 0)
  | None ->
      List.iter (fun queue -> Bundle.fork bundle (fun () -> serve_queue t queue 0)) t.queues;
      Bundle.fork bundle (fun () -> watch t 0));
  body ();
  Computation.await t.ended

(* Nothing is submitted any more, then the device lets go of everything, then the requests end. *)
let close t error =
  List.iter (fun (Queue { requests; _ }) -> Requests.refuse requests error) t.queues;
  if reset t.transport then begin
    List.iter (fun (Queue { requests; _ }) -> ignore (Requests.fail requests error)) t.queues;
    change_alive (List.filter (( != ) t))
  end

let negotiate (transport : Transport.t) ~wanted ~needed =
  let offered = transport.features () in
  let common = (1 lsl indirect) lor (1 lsl event_index) lor (1 lsl version_1) in
  let features = offered land (wanted lor common) in
  let needed = needed lor (1 lsl version_1) in
  if features land needed <> needed then None
  else begin
    transport.accept features;
    transport.set_status Transport.(acknowledged lor driver lor features_ok);
    if transport.status () land Transport.features_ok = 0 then None else Some features
  end

let drive (transport : Transport.t) ~wanted ~needed set_up =
  transport.set_status Transport.acknowledged;
  transport.set_status Transport.(acknowledged lor driver);
  match negotiate transport ~wanted ~needed with
  | None ->
      transport.set_status Transport.failed;
      `Unsupported
  | Some features -> (
      let t = { transport; features; queues = []; ended = Computation.create () } in
      change_alive (List.cons t);
      match
        match set_up t with
        | None -> `Unsupported
        | Some body ->
            List.iter (start_queue t) t.queues;
            transport.set_status Transport.(acknowledged lor driver lor features_ok lor driver_ok);
            serve t body
      with
      | error ->
          close t error;
          error
      | exception exn ->
          let bt = Printexc.get_raw_backtrace () in
          close t `Reset;
          Printexc.raise_with_backtrace exn bt)

let run (transport : Transport.t) ~kind ~wanted ?(needed = 0) set_up =
  if transport.kind <> kind then `Unsupported
  else if not (reset transport) then `Failed
  else if transport.status () = all_ones then `Gone
  else drive transport ~wanted ~needed set_up
