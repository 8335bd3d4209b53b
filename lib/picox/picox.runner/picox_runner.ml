(* SPDX-License-Identifier: ISC *)

open Picos
module Parker = Picox_parker
module Trace = Picox_trace

type 'a suspended = ('a, unit) Effect.Shallow.continuation

type waiting = (exn * Printexc.raw_backtrace) option suspended

type task =
  | Nobody
  | Start of { fiber : Fiber.t; main : Fiber.t -> unit }
  | Yielded of { fiber : Fiber.t; k : unit suspended }
  | Go_on of { fiber : Fiber.t; k : unit suspended }
  | Told of { fiber : Fiber.t; k : Fiber.t suspended }
  | Woken of { fiber : Fiber.t; k : (exn * Printexc.raw_backtrace) option suspended }

module type Pool = sig
  type t
  type own

  val join : t -> own
  val push : own -> task -> unit
  val push_urgent : own -> task -> unit
  val take : own -> task
end

module Make (Pool : Pool) = struct
  type t = {
    pool : Pool.t;
    quota : int;
    keeps_time : bool;
    fatal_exn_handler : (exn -> unit) option;
    pushed : t -> unit;
    runners : runner list Atomic.t;
    alive : int Atomic.t;  (** fibers that have not returned; the main one from the beginning *)
    consumed : bool Atomic.t;
    finished : bool Atomic.t;
    fatal : (exn * Printexc.raw_backtrace) option Atomic.t;  (** the first one *)
  }

  and runner = {
    context : t;
    own : Pool.own;
    parker : Parker.t;
    mutable running : Fiber.t;
    mutable left : int;  (** what remains of the running fiber's quota *)
    mutable turns : int;  (** until it looks at the timers *)
    mutable handler : (unit, unit) Effect.Shallow.handler;
    mutable resume : Trigger.t -> Fiber.t -> waiting -> unit;
  }

  let create ?(quota = max_int) ?(keeps_time = false) ?fatal_exn_handler ~pushed pool =
    if quota <= 0 then invalid_arg "quota must be positive";
    {
      pool;
      quota;
      keeps_time;
      fatal_exn_handler;
      pushed;
      runners = Atomic.make [];
      alive = Atomic.make 1;
      consumed = Atomic.make false;
      finished = Atomic.make false;
      fatal = Atomic.make None;
    }

  let pool t = t.pool
  let is_finished t = Atomic.get t.finished
  let any_asleep t = List.exists (fun runner -> Parker.is_asleep runner.parker) (Atomic.get t.runners)

  (* The one that sleeps until the next deadline last: another would have to take its place. *)
  let wake_one t =
    let runners = Atomic.get t.runners in
    let wake runner = Parker.wake runner.parker in
    if not (t.keeps_time && List.exists (fun runner -> (not (Picox_timers.is_keeper runner.parker)) && wake runner) runners)
    then ignore (List.exists wake runners)

  let wake_all t = List.iter (fun runner -> ignore (Parker.wake runner.parker)) (Atomic.get t.runners)

  let finish t =
    Atomic.set t.finished true;
    wake_all t

  let notify runner = if not (Parker.wake runner.parker) then runner.context.pushed runner.context

  let push runner task =
    Pool.push runner.own task;
    notify runner

  let resume runner trigger fiber k =
    let task = Woken { fiber; k } in
    if !Trace.active then Trace.woken fiber;
    if Fiber.unsuspend fiber trigger then Pool.push runner.own task else Pool.push_urgent runner.own task;
    notify runner

  (* Whether the running fiber may go on after one more effect. *)
  let has_quota runner =
    runner.left <- runner.left - 1;
    runner.left > 0

  let go_on runner k =
    if has_quota runner then Effect.Shallow.continue_with k () runner.handler
    else push runner (Go_on { fiber = runner.running; k })

  let current runner k =
    let fiber = runner.running in
    if has_quota runner then Effect.Shallow.continue_with k fiber runner.handler else push runner (Told { fiber; k })

  let await runner trigger k =
    let fiber = runner.running in
    if (Fiber.try_suspend fiber trigger fiber k runner.resume [@alert "-handler"]) then begin
      if !Trace.active then Trace.awaits fiber
    end
    else if has_quota runner then Fiber.resume_with fiber k runner.handler else push runner (Woken { fiber; k })

  let discontinue runner k exn bt = Effect.Shallow.discontinue_with_backtrace k exn bt runner.handler

  let spawn runner fiber main k =
    match Fiber.canceled runner.running with
    | Some (exn, bt) -> discontinue runner k exn bt
    | None ->
        Atomic.incr runner.context.alive;
        if !Trace.active then Trace.spawned ~by:runner.running fiber;
        push runner (Start { fiber; main });
        go_on runner k

  let cancel_after runner computation ~seconds exn bt k =
    match
      Fiber.check runner.running;
      Picox_timers.cancel_after computation ~seconds exn bt
    with
    | () -> go_on runner k
    | exception exn -> discontinue runner k exn (Printexc.get_raw_backtrace ())

  let handler runner =
    let effc : type a. a Effect.t -> ((a, unit) Effect.Shallow.continuation -> unit) option = function
      | Fiber.Current -> Some (fun k -> current runner k)
      | Fiber.Yield -> Some
            (fun k ->
              if !Trace.active then Trace.yields runner.running;
              push runner (Yielded { fiber = runner.running; k }))
      | Fiber.Spawn r -> Some (fun k -> spawn runner r.fiber r.main k)
      | Trigger.Await trigger -> Some (fun k -> await runner trigger k)
      | Computation.Cancel_after r ->
          Some (fun k -> cancel_after runner r.computation ~seconds:r.seconds r.exn r.bt k)
      | _ -> None
    in
    let retc () =
      if !Trace.active then Trace.returns runner.running;
      if Atomic.fetch_and_add runner.context.alive (-1) = 1 then finish runner.context in
    { Effect.Shallow.retc; exnc = (fun exn -> Printexc.raise_with_backtrace exn (Printexc.get_raw_backtrace ())); effc }

  let no_handler = { Effect.Shallow.retc = Fun.id; exnc = raise; effc = (fun _ -> None) }
  let never _ _ _ = ()
  let nobody = Fiber.create ~forbid:true Computation.finished

  let rec register t runner =
    let before = Atomic.get t.runners in
    if not (Atomic.compare_and_set t.runners before (runner :: before)) then register t runner

  let join t =
    Picox_timers.enter ();
    let parker = Parker.create () in
    let own = Pool.join t.pool in
    let runner = { context = t; own; parker; running = nobody; left = 0; turns = 0; handler = no_handler; resume = never } in
    runner.handler <- handler runner;
    runner.resume <- resume runner;
    register t runner;
    runner

  let begin_turn runner fiber =
    if !Trace.active then Trace.turn fiber;
    runner.running <- fiber;
    runner.left <- runner.context.quota

  let step runner = function
    | Nobody -> ()
    | Start { fiber; main } ->
        begin_turn runner fiber;
        Effect.Shallow.continue_with (Effect.Shallow.fiber main) fiber runner.handler
    | Yielded { fiber; k } ->
        begin_turn runner fiber;
        Fiber.continue_with fiber k () runner.handler
    | Go_on { fiber; k } ->
        begin_turn runner fiber;
        Effect.Shallow.continue_with k () runner.handler
    | Told { fiber; k } ->
        begin_turn runner fiber;
        Effect.Shallow.continue_with k fiber runner.handler
    | Woken { fiber; k } ->
        begin_turn runner fiber;
        Fiber.resume_with fiber k runner.handler

  let sleep runner =
    let t = runner.context in
    if !Trace.active then Trace.sleeps ();
    if t.keeps_time then Picox_timers.park runner.parker else Parker.park runner.parker;
    if !Trace.active then Trace.wakes ()

  (* A task, or Nobody after a sleep or at the end. *)
  let take runner =
    Picox_outside.at_turn ();
    match Pool.take runner.own with
    | Nobody ->
        runner.running <- nobody;
        Picox_timers.tend ();
        Parker.announce runner.parker;
        let task = Pool.take runner.own in
        if task == Nobody && not (is_finished runner.context) then sleep runner
        else Parker.withdraw runner.parker;
        task
    | task -> task

  let turns_between_looks = 16

  let next runner =
    if runner.context.keeps_time then begin
      runner.turns <- runner.turns - 1;
      if runner.turns < 0 then begin
        runner.turns <- turns_between_looks;
        Picox_timers.poll ()
      end
    end;
    take runner

  (* What the handler raises takes the place of the exception. *)
  let fatal t exn bt =
    let outcome =
      match Option.iter (fun handle -> handle exn) t.fatal_exn_handler with
      | () -> (exn, bt)
      | exception exn -> (exn, Printexc.get_raw_backtrace ())
    in
    ignore (Atomic.compare_and_set t.fatal None (Some outcome));
    finish t

  let run_to_the_end runner =
    let t = runner.context in
    try
      while not (is_finished t) do
        step runner (next runner)
      done
    with exn -> fatal t exn (Printexc.get_raw_backtrace ())

  let work runner =
    if runner.context.keeps_time then begin
      Picox_timers.attend runner.parker;
      Fun.protect ~finally:(fun () -> Picox_timers.leave runner.parker) (fun () -> run_to_the_end runner)
    end
    else run_to_the_end runner

  let runner_on_this_thread t = if not (is_finished t) then work (join t)

  let run_fiber t fiber main =
    if Atomic.exchange t.consumed true then invalid_arg "the context has been consumed";
    let runner = join t in
    push runner (Start { fiber; main });
    work runner;
    match Atomic.get t.fatal with None -> () | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt

  let run_fiber_on ~n_domains t fiber main =
    if n_domains <= 0 then invalid_arg "n_domains must be positive";
    let domains = ref [] in
    Fun.protect
      (fun () ->
        for _ = 2 to n_domains do
          domains := Domain.spawn (fun () -> runner_on_this_thread t) :: !domains
        done;
        run_fiber t fiber main)
      ~finally:(fun () ->
        (* All has ended, or a domain could not be made. *)
        finish t;
        List.iter Domain.join !domains)
end

let captured ?(forbid = false) run_fiber main =
  let computation = Computation.create ~mode:`LIFO () in
  run_fiber (Fiber.create ~forbid computation) (fun _ -> Computation.capture computation main ());
  Computation.peek_exn computation
