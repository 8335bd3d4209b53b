(* SPDX-License-Identifier: ISC *)

open Picos

type 'a t = {
  mutex : Mutex.t;
  items : 'a Queue.t;
  waiting : Trigger.t Queue.t;
  mutable closed : Device.error option;
}

let create () = { mutex = Mutex.create (); items = Queue.create (); waiting = Queue.create (); closed = None }
let wake_one t = match Queue.take_opt t.waiting with Some trigger -> Trigger.signal trigger | None -> ()

let push t item =
  Mutex.protect t.mutex (fun () ->
      Queue.push item t.items;
      wake_one t)

let close t error =
  Mutex.protect t.mutex (fun () ->
      if t.closed = None then t.closed <- Some error;
      Queue.iter Trigger.signal t.waiting;
      Queue.clear t.waiting)

let rec take t =
  Mutex.lock t.mutex;
  match (Queue.take_opt t.items, t.closed) with
  | Some item, _ ->
      Mutex.unlock t.mutex;
      Ok item
  | None, Some error ->
      Mutex.unlock t.mutex;
      Error error
  | None, None -> (
      let trigger = Trigger.create () in
      Queue.push trigger t.waiting;
      Mutex.unlock t.mutex;
      match Trigger.await trigger with
      | None -> take t
      | Some (exn, bt) ->
          (* It may have been woken for an item that another can take. *)
          Mutex.protect t.mutex (fun () -> if not (Queue.is_empty t.items) then wake_one t);
          Printexc.raise_with_backtrace exn bt)

let is_empty t = Mutex.protect t.mutex (fun () -> Queue.is_empty t.items && t.closed = None)

let rec await t =
  let trigger = Trigger.create () in
  let is_there =
    Mutex.protect t.mutex (fun () ->
        let is_there = (not (Queue.is_empty t.items)) || t.closed <> None in
        (* It takes nothing: who woke it would have woken another. *)
        if is_there then wake_one t else Queue.push trigger t.waiting;
        is_there)
  in
  if not is_there then
    match Trigger.await trigger with
    | None -> await t
    | Some (exn, bt) ->
        Mutex.protect t.mutex (fun () -> if not (Queue.is_empty t.items) then wake_one t);
        Printexc.raise_with_backtrace exn bt
