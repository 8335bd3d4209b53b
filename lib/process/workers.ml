(* SPDX-License-Identifier: ISC *)

type order = Nothing | Run of (unit -> unit) | Leave
type worker = { lock : Mutex.t; given : Condition.t; mutable order : order }

(* Of a domain: those that have nothing to do. *)
type idle = { all : Mutex.t; mutable workers : worker list; mutable room : int }

let most_idle = 8

let give worker order =
  Mutex.protect worker.lock (fun () -> worker.order <- order);
  Condition.signal worker.given

(* A domain ends when all its threads have. *)
let close idle () =
  let workers =
    Mutex.protect idle.all (fun () ->
        let workers = idle.workers in
        idle.workers <- [];
        idle.room <- 0;
        workers)
  in
  List.iter (fun worker -> give worker Leave) workers

let idle =
  Domain.DLS.new_key (fun () ->
      let idle = { all = Mutex.create (); workers = []; room = most_idle } in
      Domain.at_exit (close idle);
      idle)

let take idle =
  Mutex.protect idle.all (fun () ->
      match idle.workers with
      | [] -> None
      | worker :: rest ->
          idle.workers <- rest;
          idle.room <- idle.room + 1;
          Some worker)

(* False: there are enough. *)
let put idle worker =
  Mutex.protect idle.all (fun () ->
      idle.room > 0
      && (idle.workers <- worker :: idle.workers;
          idle.room <- idle.room - 1;
          true))

let await worker =
  Mutex.protect worker.lock (fun () ->
      while match worker.order with Nothing -> true | Run _ | Leave -> false do
        Condition.wait worker.given worker.lock
      done;
      let order = worker.order in
      worker.order <- Nothing;
      order)

let rec work idle worker task =
  task ();
  if put idle worker then match await worker with Run task -> work idle worker task | Leave | Nothing -> ()

let run task =
  let idle = Domain.DLS.get idle in
  match take idle with
  | Some worker -> give worker (Run task)
  | None ->
      let worker = { lock = Mutex.create (); given = Condition.create (); order = Nothing } in
      ignore (Thread.create (fun () -> work idle worker task) ())
