(* SPDX-License-Identifier: ISC *)

open Picos

type t = { mutex : Mutex.t; mutable count : int; mutable waiting : Trigger.t list }

let create () = { mutex = Mutex.create (); count = 0; waiting = [] }
let count t = Mutex.protect t.mutex (fun () -> t.count)

let notify t =
  let waiting =
    Mutex.protect t.mutex (fun () ->
        let waiting = t.waiting in
        t.count <- t.count + 1;
        t.waiting <- [];
        waiting)
  in
  List.iter Trigger.signal waiting

let rec await t ~above =
  let trigger = Trigger.create () in
  let now =
    Mutex.protect t.mutex (fun () ->
        if t.count > above then Some t.count
        else begin
          t.waiting <- trigger :: t.waiting;
          None
        end)
  in
  match now with
  | Some count -> count
  | None -> (
      match Trigger.await trigger with
      | None -> await t ~above
      | Some (exn, backtrace) ->
          Mutex.protect t.mutex (fun () -> t.waiting <- List.filter (( != ) trigger) t.waiting);
          Printexc.raise_with_backtrace exn backtrace)
