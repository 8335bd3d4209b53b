(* SPDX-License-Identifier: ISC *)

module Queue = Picos_aux_mpmcq
module Parker = Picox_parker

module Queues = struct
  type task = Picox_runner.task
  type t = task Queue.t array Atomic.t
  type own = { queue : task Queue.t; all : t; mutable turn : int;  (** counts what was taken *) mutable next : int }

  let rec add all queue =
    let before = Atomic.get all in
    if not (Atomic.compare_and_set all before (Array.append before [| queue |])) then add all queue

  let join all =
    let queue = Queue.create ~padded:true () in
    add all queue;
    { queue; all; turn = 0; next = 0 }

  let push own task = Queue.push own.queue task
  let push_urgent own task = Queue.push_head own.queue task
  let pop queue = try Queue.pop_exn queue with Queue.Empty -> Picox_runner.Nobody

  (* The queues in rotation. *)
  let another own queues =
    own.next <- (own.next + 1) mod Array.length queues;
    queues.(own.next)

  let rec steal own queues tries =
    if tries = 0 then Picox_runner.Nobody
    else
      match pop (another own queues) with Nobody -> steal own queues (tries - 1) | task -> task

  let turns_between_looks = 61

  let balance own =
    let other = another own (Atomic.get own.all) in
    if Queue.length other > Queue.length own.queue + 1 then pop other else Nobody

  let take_own own =
    match pop own.queue with
    | Nobody ->
        let queues = Atomic.get own.all in
        steal own queues (Array.length queues)
    | task -> task

  let take own =
    own.turn <- own.turn + 1;
    if own.turn mod turns_between_looks = 0 then match balance own with Nobody -> take_own own | task -> task
    else take_own own

  let any_waiting all = Array.exists (fun queue -> not (Queue.is_empty queue)) (Atomic.get all)
end

module Runners = Picox_runner.Make (Queues)

type t = { runners : Runners.t; heart : Parker.t; delay : float; rounds : int }

let context ?(heartbeat_delay = 0.005) ?(heartbeat_rounds = 100) ?quota ?fatal_exn_handler () =
  if not (heartbeat_delay > 0.0) then invalid_arg "heartbeat_delay must be positive";
  if heartbeat_rounds <= 0 then invalid_arg "heartbeat_rounds must be positive";
  let heart = Parker.create () in
  let pushed runners = if Parker.is_asleep heart && Runners.any_asleep runners then ignore (Parker.wake heart) in
  let runners = Runners.create ?quota ?fatal_exn_handler ~pushed (Atomic.make [||]) in
  { runners; heart; delay = heartbeat_delay; rounds = heartbeat_rounds }

let could_wake t = Runners.any_asleep t.runners && Queues.any_waiting (Runners.pool t.runners)

let rest t over =
  Parker.announce t.heart;
  if could_wake t || Atomic.get over then Parker.withdraw t.heart else Parker.park t.heart

let rec beat t over idle =
  if not (Atomic.get over) then
    if idle = t.rounds then begin
      rest t over;
      beat t over 0
    end
    else begin
      let idle = if could_wake t then 0 else idle + 1 in
      if idle = 0 then Runners.wake_all t.runners;
      Thread.delay t.delay;
      beat t over idle
    end

let with_heart t body =
  let over = Atomic.make false in
  let thread = Thread.create (beat t over) 0 in
  Fun.protect body ~finally:(fun () ->
      Atomic.set over true;
      ignore (Parker.wake t.heart);
      Thread.join thread)

let runner_on_this_thread t = Runners.runner_on_this_thread t.runners

let run_fiber ?context:given fiber main =
  match given with
  | None -> Runners.run_fiber (context ()).runners fiber main
  | Some t -> with_heart t (fun () -> Runners.run_fiber t.runners fiber main)

let run ?context ?forbid main = Picox_runner.captured ?forbid (run_fiber ?context) main

let run_fiber_on ?heartbeat_delay ?heartbeat_rounds ?quota ?fatal_exn_handler ~n_domains fiber main =
  let t = context ?heartbeat_delay ?heartbeat_rounds ?quota ?fatal_exn_handler () in
  with_heart t (fun () -> Runners.run_fiber_on ~n_domains t.runners fiber main)

let run_on ?heartbeat_delay ?heartbeat_rounds ?quota ?fatal_exn_handler ~n_domains ?forbid main =
  Picox_runner.captured ?forbid
    (run_fiber_on ?heartbeat_delay ?heartbeat_rounds ?quota ?fatal_exn_handler ~n_domains)
    main
