(* SPDX-License-Identifier: ISC *)

open Picos
module Ready = Picox_ready
module Parker = Picox_parker
module Trace = Picox_trace

type waiting = (exn * Printexc.raw_backtrace) option Ready.suspended

(* Ready fibers are in two lists: [front], next first, and [back], newest first. Fibers are woken by any thread, so they
   come by the two stacks. No list is ever linked to a fiber that was ready before: a promoted one would take all
   later ones along into the major heap. *)
type t = {
  quota : int;
  woken : Ready.Stack.t;
  urgent : Ready.Stack.t;  (** woken and canceled *)
  mutable running : Fiber.t;
  mutable front : Ready.t;
  mutable back : Ready.t;
  mutable left : int;  (** what remains of the running fiber's quota *)
  mutable hops : int;  (** until the next return to the loop *)
  mutable handler : (unit, Ready.t) Effect.Deep.handler;
  mutable resume : Trigger.t -> Fiber.t -> waiting -> unit;
  mutable alive : int;  (** fibers that have not finished *)
  parker : Parker.t;
}

(* A handler continues the next fiber itself, which is a jump and several times as fast as a return to the loop. New
   fibers are started by the loop only, and every so often the handler returns to it all the same: so the depth of the
   stack is bounded whatever the compiler makes of these jumps. *)
let hops_at_most = 1000

let resume t trigger fiber k =
  if !Trace.active then Trace.woken fiber;
  let on_time = Fiber.unsuspend fiber trigger in
  Ready.Stack.push (if on_time then t.woken else t.urgent) (Woken { next = Nobody; fiber; k });
  ignore (Parker.wake t.parker)

let sleep t =
  Picox_timers.tend ();
  Parker.announce t.parker;
  if Ready.Stack.is_empty t.woken && Ready.Stack.is_empty t.urgent then begin
    if !Trace.active then Trace.sleeps ();
    Parker.park t.parker;
    if !Trace.active then Trace.wakes ()
  end
  else Parker.withdraw t.parker

(* Moves those that were woken behind those that are ready already. *)
let take_woken t =
  if not (Ready.Stack.is_empty t.woken) then
    let woken = Ready.Stack.take_all t.woken in
    t.back <-
      (if t.back == Nobody then woken else Ready.reverse_onto t.back (Ready.reverse_onto Nobody woken))

let take_urgent t =
  if not (Ready.Stack.is_empty t.urgent) then
    t.front <- Ready.reverse_onto t.front (Ready.Stack.take_all t.urgent)

(* The oldest of a list that has the newest first; the others become the front, which is empty. A list of one, the usual
   case, touches nothing. *)
let oldest t list =
  match Ready.next list with
  | Nobody -> list
  | _ ->
      let front = Ready.reverse_onto Nobody list in
      t.front <- Ready.next front;
      front

(* Takes the one that is next; or Nobody. *)
let pop t =
  take_urgent t;
  match t.front with
  | Nobody -> (
      match t.back with
      | Nobody -> if Ready.Stack.is_empty t.woken then Ready.Nobody else oldest t (Ready.Stack.take_all t.woken)
      | _ ->
          take_woken t;
          let back = t.back in
          t.back <- Nobody;
          oldest t back)
  | ready ->
      t.front <- Ready.next ready;
      ready

let begin_turn t fiber =
  if !Trace.active then Trace.turn fiber;
  t.running <- fiber;
  t.left <- t.quota

let run t (ready : Ready.t) =
  match ready with
  | Yielded { fiber; k; _ } ->
      begin_turn t fiber;
      Fiber.continue fiber k ()
  | Woken { fiber; k; _ } ->
      begin_turn t fiber;
      Fiber.resume fiber k
  | Go_on { fiber; k; _ } ->
      begin_turn t fiber;
      Effect.Deep.continue k ()
  | Told { fiber; k; _ } ->
      begin_turn t fiber;
      Effect.Deep.continue k fiber
  | Start { fiber; main; _ } ->
      begin_turn t fiber;
      Effect.Deep.match_with main fiber t.handler
  | Nobody -> Ready.Nobody

(* Called last in a handler: continues the next fiber, or returns it to the loop. *)
let switch t =
  match pop t with
  | (Nobody | Start _) as ready -> ready
  | ready ->
      t.hops <- t.hops - 1;
      if t.hops > 0 then run t ready else ready

let rec loop t (ready : Ready.t) =
  match ready with
  | Nobody -> (
      match pop t with
      | Nobody ->
          if t.alive > 0 then begin
            sleep t;
            loop t Nobody
          end
      | ready -> loop t ready)
  | _ ->
      t.hops <- hops_at_most;
      loop t (run t ready)

(* Whether the running fiber may go on after one more effect. *)
let has_quota t =
  t.left <- t.left - 1;
  t.left > 0

let push_back t ready =
  t.back <- ready;
  switch t

let go_on t k =
  if has_quota t then Effect.Deep.continue k ()
  else begin
    take_woken t;
    push_back t (Go_on { next = t.back; fiber = t.running; k })
  end

let await t trigger k =
  let fiber = t.running in
  if (Fiber.try_suspend fiber trigger fiber k t.resume [@alert "-handler"]) then begin
    if !Trace.active then Trace.awaits fiber;
    switch t
  end
  else if has_quota t then Fiber.resume fiber k
  else begin
    take_woken t;
    push_back t (Woken { next = t.back; fiber; k })
  end

let spawn t fiber main k =
  match Fiber.canceled t.running with
  | Some (exn, bt) -> Effect.Deep.discontinue_with_backtrace k exn bt
  | None ->
      t.alive <- t.alive + 1;
      if !Trace.active then Trace.spawned ~by:t.running fiber;
      take_woken t;
      t.back <- Start { next = t.back; fiber; main };
      go_on t k

let cancel_after t computation ~seconds exn bt k =
  match
    Fiber.check t.running;
    Picox_timers.cancel_after computation ~seconds exn bt
  with
  | () -> go_on t k
  | exception exn -> Effect.Deep.discontinue_with_backtrace k exn (Printexc.get_raw_backtrace ())

let handler t =
  let open Effect.Deep in
  let current =
    Some
      (fun k ->
        let fiber = t.running in
        if has_quota t then continue k fiber
        else begin
          take_woken t;
          push_back t (Told { next = t.back; fiber; k })
        end)
  and yield =
    Some
      (fun k ->
        if !Trace.active then Trace.yields t.running;
        (* Whoever was woken before now is ahead of this one. *)
        take_woken t;
        push_back t (Yielded { next = t.back; fiber = t.running; k }))
  in
  let effc : type a. a Effect.t -> (a Ready.suspended -> Ready.t) option = function
    | Fiber.Current -> current
    | Fiber.Yield -> yield
    | Fiber.Spawn r -> Some (fun k -> spawn t r.fiber r.main k)
    | Trigger.Await trigger -> Some (fun k -> await t trigger k)
    | Computation.Cancel_after r -> Some (fun k -> cancel_after t r.computation ~seconds:r.seconds r.exn r.bt k)
    | _ -> None
  in
  let retc () =
    t.alive <- t.alive - 1;
    if !Trace.active then Trace.returns t.running;
    switch t
  in
  { retc; exnc = (fun exn -> Printexc.raise_with_backtrace exn (Printexc.get_raw_backtrace ())); effc }

let no_handler = { Effect.Deep.retc = (fun () -> Ready.Nobody); exnc = (fun exn -> raise exn); effc = (fun _ -> None) }

let run_fiber ?(quota = max_int) ?fatal_exn_handler fiber main =
  if quota <= 0 then invalid_arg "Picos_mux_fifo: quota must be positive";
  let first = Ready.Start { next = Nobody; fiber; main } in
  let t =
    {
      quota;
      woken = Ready.Stack.create ();
      urgent = Ready.Stack.create ();
      running = fiber;
      front = Nobody;
      back = Nobody;
      left = quota;
      hops = 0;
      handler = no_handler;
      resume = (fun _ _ _ -> ());
      alive = 1;
      parker = Parker.create ();
    }
  in
  t.handler <- handler t;
  t.resume <- resume t;
  Picox_timers.enter ();
  try loop t first
  with exn ->
    let bt = Printexc.get_raw_backtrace () in
    Option.iter (fun handle -> handle exn) fatal_exn_handler;
    Printexc.raise_with_backtrace exn bt

let run ?quota ?fatal_exn_handler ?forbid main =
  Picox_runner.captured ?forbid (fun fiber main -> run_fiber ?quota ?fatal_exn_handler fiber main) main
