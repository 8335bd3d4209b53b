(* SPDX-License-Identifier: ISC *)

open Picos
module Mutex = Stdlib.Mutex

type t = { mutex : Mutex.t; mutable waiting : Trigger.t list }

let create () = { mutex = Mutex.create (); waiting = [] }
let look t f = Mutex.protect t.mutex f

let take_waiting t =
  let waiting = t.waiting in
  t.waiting <- [];
  waiting

(* First come, first woken. *)
let wake waiting = List.iter Trigger.signal (List.rev waiting)

let change t f =
  let result, waiting = look t (fun () -> let result = f () in (result, take_waiting t)) in
  wake waiting;
  result

let rec wait_for t f =
  let trigger = Trigger.create () in
  let answer, waiting =
    look t (fun () ->
        match f () with
        | None ->
            t.waiting <- trigger :: t.waiting;
            (None, [])
        | answer -> (answer, take_waiting t))
  in
  match answer with
  | Some value ->
      wake waiting;
      value
  | None -> (
      match Trigger.await trigger with
      | None -> wait_for t f
      | Some (exn, bt) ->
          look t (fun () -> t.waiting <- List.filter (fun other -> other != trigger) t.waiting);
          Printexc.raise_with_backtrace exn bt)

let event t (interest : Scheme.Request.interest) ready =
  if interest.wait then wait_for t ready else Option.value (look t ready) ~default:Scheme.Request.not_ready
