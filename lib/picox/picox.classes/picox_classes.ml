(* SPDX-License-Identifier: ISC *)

open Picos
module Queue = Picos_aux_mpmcq

type t = Drivers | Vproc | Local

let all = [| Drivers; Vproc; Local |]
let rank = function Drivers -> 0 | Vproc -> 1 | Local -> 2

(* Without one: a fiber that has not been spawned yet. *)
let key : t Fiber.FLS.t = Fiber.FLS.create ()
let class_of fiber = Fiber.FLS.get fiber key ~default:Local
let current () = class_of (Fiber.current ())

let drivers = Picox_trace.kind "driver"
let vproc = Picox_trace.kind "vproc"
let local = Picox_trace.kind "local"
let trace_kind = function Drivers -> drivers | Vproc -> vproc | Local -> local

(* Of a fiber whose first turn is to come. *)
let set_class fiber t =
  Fiber.FLS.set fiber key t;
  if !Picox_trace.active then Picox_trace.label fiber (trace_kind t)

let spawn t fiber main =
  set_class fiber t;
  Fiber.spawn fiber main

module Pool = struct
  type task = Picox_runner.task

  type pool = {
    queues : task Queue.t array;  (** by rank *)
    period : int;
    random : Random.State.t option;
    turns : int Atomic.t array;
    most_overtaken : int Atomic.t;
  }

  type t = pool

  type own = {
    pool : pool;
    mutable running : int;  (** rank of the fiber whose turn it is *)
    waited : int array;  (** for how many turns in a row somebody of that rank was ready and got none *)
    mutable overtaken : int;
  }

  let create ~period ~seed =
    {
      queues = Array.init 3 (fun _ -> Queue.create ~padded:true ());
      period;
      random = Option.map (fun seed -> Random.State.make [| seed |]) seed;
      turns = Array.init 3 (fun _ -> Atomic.make 0);
      most_overtaken = Atomic.make 0;
    }

  let join pool = { pool; running = rank Local; waited = Array.make 3 0; overtaken = 0 }

  let rank_of own : task -> int = function
    | Nobody -> own.running
    | Start { fiber; _ } -> (
        match Fiber.FLS.get_exn fiber key with
        | t -> rank t
        | exception Fiber.FLS.Not_set ->
            Fiber.FLS.set fiber key all.(own.running);
            own.running)
    | Yielded { fiber; _ } | Go_on { fiber; _ } | Told { fiber; _ } | Woken { fiber; _ } -> rank (class_of fiber)

  let push own task = Queue.push own.pool.queues.(rank_of own task) task
  let push_urgent own task = Queue.push_head own.pool.queues.(rank_of own task) task

  (* Any of them, where there is chance: those before it go to the end. *)
  let pop pool queue =
    match pool.random with
    | None -> Queue.pop_exn queue
    | Some random ->
        for _ = 1 to Random.State.int random (max 1 (Queue.length queue)) do
          Queue.push queue (Queue.pop_exn queue)
        done;
        Queue.pop_exn queue

  let is_ready own rank = not (Queue.is_empty own.pool.queues.(rank))
  let is_due own rank = own.waited.(rank) >= own.pool.period && is_ready own rank

  let rec raise_to most n =
    let before = Atomic.get most in
    if n > before && not (Atomic.compare_and_set most before n) then raise_to most n

  (* [over_driver]: a driver was ready when the turn was given to the lower class. One that becomes ready a moment later
     may go to another domain at once, and was not passed over. *)
  let account own ~over_driver chosen =
    own.overtaken <- (if over_driver then own.overtaken + 1 else 0);
    if over_driver then raise_to own.pool.most_overtaken own.overtaken;
    for rank = 1 to 2 do
      own.waited.(rank) <- (if rank <> chosen && is_ready own rank then own.waited.(rank) + 1 else 0)
    done;
    own.running <- chosen;
    Atomic.incr own.pool.turns.(chosen)

  let take_of own ~over_driver rank =
    match pop own.pool own.pool.queues.(rank) with
    | task ->
        account own ~over_driver rank;
        task
    | exception Queue.Empty -> Picox_runner.Nobody  (* another domain was quicker *)

  let rec highest own rank =
    if rank > 2 then Picox_runner.Nobody
    else if is_ready own rank then
      match take_of own ~over_driver:false rank with Nobody -> highest own rank | task -> task
    else highest own (rank + 1)

  (* One that is due comes first, the lower before the higher: it is due more rarely. *)
  let take own =
    let over_driver = is_ready own 0 in
    let due =
      if is_due own 2 then take_of own ~over_driver 2
      else if is_due own 1 then take_of own ~over_driver 1
      else Picox_runner.Nobody
    in
    match due with Nobody -> highest own 0 | task -> task
end

module Runners = Picox_runner.Make (Pool)

type context = Runners.t

let context ?(period = 16) ?(quota = 100) ?seed ?fatal_exn_handler () =
  if period <= 0 then invalid_arg "Picox_classes.context: period must be positive";
  Runners.create ~quota ~keeps_time:true ?fatal_exn_handler ~pushed:Runners.wake_one (Pool.create ~period ~seed)

let runner_on_this_thread = Runners.runner_on_this_thread

let run_fiber context ?(main_class = Local) fiber main =
  set_class fiber main_class;
  Runners.run_fiber context fiber main

let run_fiber_on ~n_domains context ?(main_class = Local) fiber main =
  set_class fiber main_class;
  Runners.run_fiber_on ~n_domains context fiber main

let or_new = function Some context -> context | None -> context ()

let run ?context ?main_class ?forbid main =
  Picox_runner.captured ?forbid (run_fiber (or_new context) ?main_class) main

let run_on ~n_domains ?context ?main_class ?forbid main =
  Picox_runner.captured ?forbid (run_fiber_on ~n_domains (or_new context) ?main_class) main

let turns context t = Atomic.get (Runners.pool context).turns.(rank t)
let most_overtaken context = Atomic.get (Runners.pool context).most_overtaken
