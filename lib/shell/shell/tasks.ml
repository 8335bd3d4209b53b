(* SPDX-License-Identifier: ISC *)

open Picos
module Numbers = Map.Make (Int)
module Mutex = Stdlib.Mutex

exception Killed

type task = {
  pid : int;
  parent : int;
  name : string;
  start_ns : int;
  life : unit Computation.t;  (** the fiber's: canceled by [kill] *)
  mutable kill_status : int;
  ended : int Computation.t;
}

type t = { mutex : Mutex.t; mutable running : task Numbers.t; new_number : unit -> int }

let killed = 137
let interrupted = 130
let counter () =
  let last = Atomic.make 0 in
  fun () -> Atomic.fetch_and_add last 1 + 1

let create ?(new_number = counter ()) () = { mutex = Mutex.create (); running = Numbers.empty; new_number }
let pid task = task.pid
let name task = task.name

let run t task body =
  let status =
    match body task.pid with
    | status -> status land 255
    | exception Killed -> task.kill_status
    | exception _ -> if Computation.is_canceled task.life then task.kill_status else 125
  in
  Mutex.protect t.mutex (fun () -> t.running <- Numbers.remove task.pid t.running);
  Computation.return task.ended status

let start t ~parent ~name body =
  let pid = t.new_number () in
  let task =
    Mutex.protect t.mutex @@ fun () ->
    let task =
      {
        pid;
        parent;
        name;
        start_ns = Picox_timers.now_ns ();
        life = Computation.create ();
        kill_status = killed;
        ended = Computation.create ();
      }
    in
    t.running <- Numbers.add task.pid task t.running;
    task
  in
  match Picox_classes.spawn Local (Fiber.create ~forbid:false task.life) (fun _ -> run t task body) with
  | () -> task
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      Mutex.protect t.mutex (fun () -> t.running <- Numbers.remove task.pid t.running);
      Printexc.raise_with_backtrace exn bt

let wait task = Computation.await task.ended
let poll task = match Computation.peek task.ended with Some (Ok status) -> Some status | _ -> None

let kill ?(status = killed) task =
  if Computation.is_running task.life then task.kill_status <- status;
  Computation.cancel task.life Killed (Printexc.get_callstack 0)

let running t = Mutex.protect t.mutex (fun () -> t.running)
let find t pid = Numbers.find_opt pid (running t)

let table t =
  let now = Picox_timers.now_ns () in
  let line task =
    Printf.sprintf "%5d %5d %8.1f %s\n" task.pid task.parent (float_of_int (now - task.start_ns) *. 1e-9) task.name
  in
  String.concat "" ("  PID  PPID     TIME COMMAND\n" :: List.map (fun (_, task) -> line task) (Numbers.bindings (running t)))
