(* SPDX-License-Identifier: ISC *)

(* New tasks come by a lock-free list, since signal handlers add some; the bag is an array under a mutex. *)
module Bag = struct
  type task = Picox_runner.task

  type t = {
    seed : int;
    arrived : task list Atomic.t;  (** newest first *)
    mutex : Mutex.t;
    random : Random.State.t;
    mutable tasks : task array;
    mutable count : int;  (** of tasks, at the front of the array; the rest is Nobody *)
  }

  type own = t

  let create seed =
    {
      seed;
      arrived = Atomic.make [];
      mutex = Mutex.create ();
      random = Random.State.make [| seed |];
      tasks = Array.make 16 Picox_runner.Nobody;
      count = 0;
    }

  let join t = t

  let rec push t task =
    let before = Atomic.get t.arrived in
    if not (Atomic.compare_and_set t.arrived before (task :: before)) then push t task

  let push_urgent = push

  let add t task =
    if t.count = Array.length t.tasks then begin
      let tasks = Array.make (2 * t.count) Picox_runner.Nobody in
      Array.blit t.tasks 0 tasks 0 t.count;
      t.tasks <- tasks
    end;
    t.tasks.(t.count) <- task;
    t.count <- t.count + 1

  let pick t =
    let i = Random.State.int t.random t.count in
    let task = t.tasks.(i) in
    t.count <- t.count - 1;
    t.tasks.(i) <- t.tasks.(t.count);
    t.tasks.(t.count) <- Nobody;
    task

  let take t =
    Mutex.protect t.mutex (fun () ->
        List.iter (add t) (List.rev (Atomic.exchange t.arrived []));
        if t.count = 0 then Picox_runner.Nobody else pick t)
end

module Runners = Picox_runner.Make (Bag)

type t = Runners.t

(* Every effect ends a turn. *)
let context ?seed ?fatal_exn_handler () =
  let seed = match seed with Some seed -> seed | None -> Random.State.bits (Random.State.make_self_init ()) in
  Runners.create ~quota:1 ?fatal_exn_handler ~pushed:Runners.wake_one (Bag.create seed)

let seed t = (Runners.pool t).Bag.seed
let runner_on_this_thread = Runners.runner_on_this_thread
let or_new = function Some context -> context | None -> context ()
let run_fiber ?context fiber main = Runners.run_fiber (or_new context) fiber main
let run ?context ?forbid main = Picox_runner.captured ?forbid (run_fiber ?context) main
let run_fiber_on ?fatal_exn_handler ~n_domains = Runners.run_fiber_on ~n_domains (context ?fatal_exn_handler ())
let run_on ?fatal_exn_handler ~n_domains ?forbid main =
  Picox_runner.captured ?forbid (run_fiber_on ?fatal_exn_handler ~n_domains) main
