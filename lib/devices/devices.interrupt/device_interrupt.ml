(* SPDX-License-Identifier: ISC *)

open Picos
module Interrupt = Machine.Pci.Interrupt

type waiters = Trigger.t list Atomic.t
type t = Device of Interrupt.t | Soft of { count : int Atomic.t; waiters : waiters }

let rec add waiters trigger =
  let before = Atomic.get waiters in
  if not (Atomic.compare_and_set waiters before (trigger :: before)) then add waiters trigger

let rec remove waiters trigger =
  let before = Atomic.get waiters in
  if List.memq trigger before && not (Atomic.compare_and_set waiters before (List.filter (( != ) trigger) before)) then
    remove waiters trigger

(* How many have come, of events of devices; negative: nobody has looked. *)
let seen_counts = Array.init (Interrupt.max_number + 1) (fun _ -> Atomic.make (-1))

let wake waiters = List.iter Trigger.signal (Atomic.exchange waiters [])

(* Of the events of devices, by number. *)
let of_device : waiters array = Array.init (Interrupt.max_number + 1) (fun _ -> Atomic.make [])

let trace_name = Picox_trace.name "interrupt"

let rec dispatch () =
  let number = Interrupt.next () in
  if number >= 0 then begin
    if !Picox_trace.active then Picox_trace.instant trace_name number;
    wake of_device.(number);
    dispatch ()
  end

type service = { stopping : bool Atomic.t }

(* The one that runs. Changed under [changing] only. *)
let service : service option Atomic.t = Atomic.make None
let changing = Mutex.create ()
let all_signals = List.init 64 (fun i -> i + 1)

(* It only waits: what has come is taken once the domain is at hand, so that a scheduler that is quicker can have it. *)
let serve t =
  ignore (Thread.sigmask SIG_BLOCK all_signals);
  while not (Atomic.get t.stopping) do
    Interrupt.wait_any ();
    dispatch ()
  done

let rec stop t ended =
  if not (Atomic.get ended) then begin
    Interrupt.rouse ();
    Thread.yield ();
    stop t ended
  end

let start () =
  Mutex.protect changing (fun () ->
      if Atomic.get service = None then begin
        let t = { stopping = Atomic.make false } and ended = Atomic.make false in
        let thread =
          Thread.create
            (fun () ->
              serve t;
              Atomic.set ended true)
            ()
        in
        (* A domain waits for its threads; the end of the main domain is that of the program. *)
        if not (Domain.is_main_domain ()) then
          Domain.at_exit (fun () ->
              Atomic.set t.stopping true;
              (* It may be about to wait. *)
              stop t ended;
              Thread.join thread;
              Atomic.set service None);
        Atomic.set service (Some t)
      end)

(* At each turn. *)
let look () =
  dispatch ();
  if Atomic.get service = None then start ()

let tend () =
  if Atomic.get service = None then begin
    start ();
    Picox_outside.on_turn look
  end

let of_event event = Device event
let of_pci f source = Option.map (fun event -> Device event) (Machine.Pci.interrupt f source)

(* How many have come; if not more than [seen], [waiters] are woken when they have. *)
let arm t ~seen =
  match t with
  | Device event ->
      tend ();
      let count = Interrupt.arm event ~seen in
      Atomic.set seen_counts.(Interrupt.number event) count;
      count
  | Soft { count; _ } -> Atomic.get count

let waiters = function Device event -> of_device.(Interrupt.number event) | Soft { waiters; _ } -> waiters

let rec await t ~seen =
  let trigger = Trigger.create () in
  let waiters = waiters t in
  add waiters trigger;
  let count = arm t ~seen in
  if count > seen then begin
    remove waiters trigger;
    count
  end
  else
    match Trigger.await trigger with
    | None -> await t ~seen
    | Some (exn, bt) ->
        remove waiters trigger;
        Printexc.raise_with_backtrace exn bt

let counts () =
  List.filter
    (fun (_, count) -> count >= 0)
    (List.mapi (fun number count -> (number, Atomic.get count)) (Array.to_list seen_counts))

let soft () = Soft { count = Atomic.make 0; waiters = Atomic.make [] }

let raise = function
  | Device _ -> ()
  | Soft { count; waiters } ->
      Atomic.incr count;
      wake waiters
