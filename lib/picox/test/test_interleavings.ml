(* SPDX-License-Identifier: ISC *)

(* The core and the schedulers in all interleavings of short threads, or in those with few preemptions, and in some at
   random. A lost wake-up is a deadlock there. *)

open Picox_check.Check
open Picox_interleave
module Picos = Traced_picos
open Picos

exception A

let bt = Printexc.get_callstack 0

(* Twice as many at random as there are with few preemptions, within bounds. *)
let law name ?preemptions ~more_than setup =
  test ("interleavings: " ^ name) (fun () ->
      let schedules = Interleave.all ?preemptions setup in
      that (Printf.sprintf "%d schedules" schedules) (schedules > more_than);
      if preemptions <> None then Interleave.some ~seed:1 (scaled 2_000) setup)

(* What the threads found out, for the check. *)
let note log x = Interleave.untraced (fun () -> log := x :: !log)

let triggers () =
  law "trigger: two signals and two actions" ~more_than:500 (fun () ->
      let t = Trigger.create () and ran = ref [] and won = ref 0 and late = ref 0 and raised = ref 0 in
      let attach i () =
        match Trigger.on_signal t i () (fun _ i () -> note ran i) with
        | true -> incr won
        | false -> incr late
        | exception Invalid_argument _ -> incr raised
      and signal () = Trigger.signal t in
      ( [ attach 1; attach 2; signal; signal ],
        fun () ->
          that "signaled" (Trigger.is_signaled t);
          that "one at most" (!won <= 1);
          equal "actions" !won (List.length !ran);
          equal "all answered" 2 (!won + !late + !raised);
          that "raises where the other waits" (!raised = 0 || !won = 1) ));
  law "trigger: a signal and a disposal" ~more_than:5 (fun () ->
      let t = Trigger.create () in
      ( [ (fun () -> Trigger.signal t); (fun () -> Trigger.dispose t) ],
        fun () -> that "signaled" (Trigger.is_signaled t) ))

let computations () =
  law "computation: nobody attached is forgotten" ~preemptions:3 ~more_than:500 (fun () ->
      let c = Computation.create () and stays = Trigger.create () and leaves = Trigger.create () in
      let attached = ref false in
      ( [
          (fun () -> attached := Computation.try_attach c stays);
          (fun () ->
            ignore (Computation.try_attach c leaves);
            Computation.detach c leaves);
          (fun () -> Computation.return c 1);
        ],
        fun () ->
          that "signaled" ((not !attached) || Trigger.is_signaled stays);
          that "left" (Trigger.is_signaled leaves);
          equal "value" 1 (Computation.peek_exn c) ));
  law "computation: one completion wins" ~more_than:100 (fun () ->
      let c = Computation.create () and wins = ref [] and runs = ref 0 in
      let t = Trigger.from_action () () (fun _ () () -> incr runs) in
      ignore (Computation.try_attach c t);
      let complete i () = if Computation.try_return c i then note wins (Ok i)
      and cancel () = if Computation.try_cancel c A bt then note wins (Error (A, bt)) in
      ( [ complete 1; complete 2; cancel ],
        fun () ->
          that "the winner's" (!wins = [ Option.get (Computation.peek c) ]);
          equal "signals" 1 !runs ));
  law "computation: detaching in debt loses nobody" ~preemptions:3 ~more_than:500 (fun () ->
      let c = Computation.create () in
      let all = List.init 5 (fun _ -> Trigger.create ()) in
      List.iter (fun t -> ignore (Computation.try_attach c t)) all;
      let last = List.nth all 4 in
      ( List.init 4 (fun i () -> Computation.detach c (List.nth all i)),
        fun () ->
          (* Triggers that are dead have been swept, but for a few. *)
          that "small" (Obj.reachable_words (Obj.repr c) < 40);
          that "not the last" (not (Trigger.is_signaled last));
          Computation.finish c;
          that "the last" (Trigger.is_signaled last) ));
  law "computation: a canceler, a cancelation and a return" ~preemptions:3 ~more_than:100 (fun () ->
      let from = Computation.create () and into = Computation.create () and attached = ref None in
      ( [
          (fun () ->
            attached :=
              match Computation.attach_canceler ~from ~into with
              | _ -> Some true
              | exception A -> Some false
              | exception Invalid_argument _ -> None);
          (fun () -> Computation.cancel from A bt);
          (fun () -> Computation.return into 1);
        ],
        fun () ->
          that "attached or canceled" (!attached <> None);
          that "complete" (not (Computation.is_running into)) ))

let transactions () =
  let open Computation in
  law "tx: all or nothing, beside a return and an attach" ~preemptions:3 ~more_than:1_000 (fun () ->
      let a = create () and b = create () and trigger = Trigger.create () in
      let committed = ref false and returned = ref false and attached = ref false in
      ( [
          (fun () ->
            let tx = Tx.create () in
            committed := Tx.try_return tx a 1 && Tx.try_return tx b 2 && Tx.try_commit tx);
          (fun () -> returned := try_return a 10);
          (fun () -> attached := try_attach b trigger);
        ],
        fun () ->
          that "one of the two" (not (!committed && !returned));
          that "a" (peek a = if !committed then Some (Ok 1) else if !returned then Some (Ok 10) else None);
          that "b" (peek b = if !committed then Some (Ok 2) else None);
          that "signaled when complete" ((not !attached) || Trigger.is_signaled trigger = !committed);
          that "nothing stays in the way" (try_return b 3 = not !committed) ));
  law "tx: two that want the same, and a reader" ~preemptions:2 ~more_than:1_000 (fun () ->
      let a = create () and b = create () and commits = ref [] and seen = ref [] in
      let transact i first second () =
        let tx = Tx.create () in
        if Tx.try_return tx first i && Tx.try_return tx second i && Tx.try_commit tx then note commits i
      in
      ( [
          transact 1 a b;
          transact 2 b a;
          (fun () ->
            (* What is committed is so everywhere. *)
            let x = peek a in
            note seen (x, peek b));
        ],
        fun () ->
          that "one at most" (List.length !commits <= 1);
          let value = match !commits with [ i ] -> Some (Ok i) | _ -> None in
          that "both" (peek a = value && peek b = value);
          that "at once" (List.for_all (fun (x, y) -> x = None || x = y) !seen) ))

(* {1 Schedulers that sleep} *)

let spawn main = Fiber.spawn (Fiber.create ~forbid:false (Computation.create ())) main

module type Fifo = sig
  val run : ?quota:int -> ?fatal_exn_handler:(exn -> unit) -> ?forbid:bool -> (unit -> 'a) -> 'a
end

let fifo_setup (module Fifo : Fifo) () =
  let trigger = Trigger.create () and woken = ref 0 in
  ( [
      (fun () ->
        Fifo.run (fun () ->
            ignore (Trigger.await trigger);
            incr woken));
      (fun () -> Trigger.signal trigger);
    ],
    fun () -> equal "woken" 1 !woken )

let fifo () =
  law "fifo: woken whenever the signal comes" ~preemptions:4 ~more_than:500 (fifo_setup (module Traced_fifo));
  test "interleavings: fifo: one that does not look again is found" (fun () ->
      that "found" (Interleave.finds (fun () -> ignore (Interleave.all (fifo_setup (module Blind_fifo))))));
  law "fifo: canceled and signaled" ~preemptions:2 ~more_than:500 (fun () ->
      let trigger = Trigger.create () and c = Computation.create () and ended = ref 0 in
      ( [
          (fun () ->
            Traced_fifo.run (fun () ->
                Fiber.spawn (Fiber.create ~forbid:false c) (fun _ ->
                    (match Trigger.await trigger with None -> () | Some (exn, _) -> that "A" (exn = A));
                    incr ended)));
          (fun () -> Trigger.signal trigger);
          (fun () -> Computation.cancel c A bt);
        ],
        fun () -> equal "ended" 1 !ended ));
  law "fifo: two schedulers that wake each other" ~preemptions:2 ~more_than:500 (fun () ->
      let here = Trigger.create () and there = Trigger.create () and ended = ref 0 in
      let play signals awaits () =
        Traced_fifo.run (fun () ->
            Trigger.signal signals;
            ignore (Trigger.await awaits);
            incr ended)
      in
      ([ play here there; play there here ], fun () -> equal "ended" 2 !ended));
  law "fifo: a fiber waits for two others" ~preemptions:2 ~more_than:500 (fun () ->
      let triggers = List.init 2 (fun _ -> Trigger.create ()) and ended = ref 0 in
      ( (fun () ->
          Traced_fifo.run (fun () ->
              List.iter (fun t -> spawn (fun _ -> ignore (Trigger.await t); incr ended)) triggers))
        :: List.map (fun t () -> Trigger.signal t) triggers,
        fun () -> equal "ended" 2 !ended ))

(* The smallest pool. *)
module Stack (Task : sig
  type task

  val nobody : task
end) =
struct
  module Atomic = Traced.Atomic

  type t = Task.task list Atomic.t
  type own = t

  let join t = t

  let rec push t task =
    let before = Atomic.get t in
    if not (Atomic.compare_and_set t before (task :: before)) then push t task

  let push_urgent = push

  let rec take t =
    match Atomic.get t with
    | [] -> Task.nobody
    | task :: rest as before -> if Atomic.compare_and_set t before rest then task else take t
end

module Runners (Runner : sig
  type task

  val nobody : task

  module Make (Pool : sig
    type t
    type own

    val join : t -> own
    val push : own -> task -> unit
    val push_urgent : own -> task -> unit
    val take : own -> task
  end) : sig
    type t

    val create :
      ?quota:int -> ?keeps_time:bool -> ?fatal_exn_handler:(exn -> unit) -> pushed:(t -> unit) -> Pool.t -> t
    val runner_on_this_thread : t -> unit
    val run_fiber : t -> Fiber.t -> (Fiber.t -> unit) -> unit
    val wake_one : t -> unit
  end
end) =
struct
  module R = Runner.Make (Stack (Runner))

  (* [helpers] threads run the fibers, too. *)
  let setup ~helpers main others () =
    let context = R.create ~pushed:R.wake_one (Traced.Atomic.make []) and ended = ref 0 in
    let main _ =
      main ();
      incr ended
    in
    ( (fun () -> R.run_fiber context (Fiber.create ~forbid:false (Computation.create ())) main)
      :: List.init helpers (fun _ () -> R.runner_on_this_thread context)
      @ others,
      fun () -> equal "ended" 1 !ended )

  let waits ~helpers () =
    let trigger = Trigger.create () in
    setup ~helpers (fun () -> ignore (Trigger.await trigger)) [ (fun () -> Trigger.signal trigger) ] ()

  (* Both must take part. *)
  let meets () =
    let here = Trigger.create () and there = Trigger.create () in
    setup ~helpers:1
      (fun () ->
        spawn (fun _ ->
            Trigger.signal here;
            ignore (Trigger.await there));
        ignore (Trigger.await here);
        Trigger.signal there)
      [] ()
end

module Good = Runners (struct
  include Traced_runner

  let nobody = Nobody
end)

module Blind = Runners (struct
  include Blind_runner

  let nobody = Nobody
end)

module Deaf = Runners (struct
  include Deaf_runner

  let nobody = Nobody
end)

let runners () =
  law "runner: woken whenever the signal comes" ~preemptions:3 ~more_than:500 (Good.waits ~helpers:0);
  law "runner: two runners, a signal, and the end" ~preemptions:2 ~more_than:500 (Good.waits ~helpers:1);
  law "runner: two runners and two fibers that meet" ~preemptions:2 ~more_than:500 Good.meets;
  test "interleavings: runner: one that does not look again is found" (fun () ->
      that "found" (Interleave.finds (fun () -> ignore (Interleave.all ~preemptions:2 (Blind.waits ~helpers:0)))));
  test "interleavings: runner: one that does not see the end is found" (fun () ->
      that "found" (Interleave.finds (fun () -> ignore (Interleave.all ~preemptions:2 (Deaf.waits ~helpers:1)))))

let multififo () =
  law "multififo: two domains, fibers that wait for each other" ~preemptions:1 ~more_than:100 (fun () ->
      let ended = ref 0 in
      ( [
          (fun () ->
            Traced_multififo.run_on ~heartbeat_rounds:1 ~n_domains:2 (fun () ->
                let trigger = Trigger.create () in
                spawn (fun _ ->
                    Trigger.signal trigger;
                    incr ended);
                ignore (Trigger.await trigger);
                incr ended));
        ],
        fun () -> equal "ended" 2 !ended ))

(* {1 Locks of threads} *)

module type Moments = sig
  type t

  val create : unit -> t
  val protect : t -> (unit -> 'a) -> 'a
end

let three_turns (module Lock : Moments) () =
  let lock = Lock.create () and inside = ref false and turns = ref 0 in
  let turn () =
    Lock.protect lock (fun () ->
        that "alone" (not !inside);
        inside := true;
        Interleave.step ();
        inside := false;
        incr turns)
  in
  ([ turn; turn; turn ], fun () -> equal "turns" 3 !turns)

let moments () =
  law "lock for moments: excludes, and loses no wake-up" ~preemptions:3 ~more_than:500 (three_turns (module Traced_moments));
  test "interleavings: lock for moments: one that does not tell that it is free is found" (fun () ->
      that "found" (Interleave.finds (fun () -> ignore (Interleave.all ~preemptions:3 (three_turns (module Mute_moments))))))

(* {1 Locks, each fiber on a scheduler of its own} *)

let alone body () = Traced_fifo.run body

let locks () =
  let exclusive name acquire release =
    law (name ^ ": excludes, and loses no wake-up") ~preemptions:3 ~more_than:500 (fun () ->
        let acquire, release = (acquire (), release) in
        let inside = ref false and turns = ref 0 in
        let turn =
          alone (fun () ->
              let lock = acquire () in
              that "alone" (not !inside);
              inside := true;
              Interleave.step ();
              inside := false;
              incr turns;
              release lock)
        in
        ([ turn; turn ], fun () -> equal "turns" 2 !turns))
  in
  let of_lock make acquire () =
    let lock = make () in
    fun () ->
      acquire lock;
      lock
  in
  exclusive "lock" (of_lock (fun () -> Traced_lock.create ()) Traced_lock.acquire) Traced_lock.release;
  exclusive "rwlock" (of_lock (fun () -> Traced_rwlock.create ()) Traced_rwlock.acquire) Traced_rwlock.release;
  exclusive "sem" (of_lock (fun () -> Traced_sem.create 1) Traced_sem.acquire) Traced_sem.release;
  law "rwlock: two readers and a writer" ~preemptions:2 ~more_than:500 (fun () ->
      let lock = Traced_rwlock.create () and writing = ref false and ended = ref 0 in
      let reads =
        alone (fun () ->
            Traced_rwlock.sharing lock (fun () ->
                Interleave.step ();
                that "no writer" (not !writing));
            incr ended)
      in
      ( [
          reads;
          alone (fun () ->
              Traced_rwlock.holding lock (fun () ->
                  writing := true;
                  Interleave.step ();
                  writing := false);
              incr ended);
          reads;
        ],
        fun () -> equal "ended" 3 !ended ));
  law "rwlock: a reader, a writer, and one that freezes" ~preemptions:2 ~more_than:500 (fun () ->
      let lock = Traced_rwlock.create () and writing = ref false and frozen = ref false in
      ( [
          alone (fun () ->
              Traced_rwlock.sharing lock (fun () ->
                  that "no writer" (not !writing);
                  Interleave.step ();
                  that "no writer" (not !writing)));
          alone (fun () ->
              try
                Traced_rwlock.holding lock (fun () ->
                    that "not after" (not !frozen);
                    writing := true;
                    Interleave.step ();
                    writing := false)
              with Traced_rwlock.Frozen -> ());
          alone (fun () ->
              Traced_rwlock.freeze lock;
              that "no writer" (not !writing);
              frozen := true);
        ],
        fun () -> that "frozen" (Traced_rwlock.is_frozen lock && Traced_rwlock.try_acquire_shared lock) ));
  law "lock: conditions" ~preemptions:2 ~more_than:500 (fun () ->
      let lock = Traced_lock.create () and condition = Traced_lock.Condition.create () and ready = ref false in
      ( [
          alone (fun () ->
              Traced_lock.holding lock (fun () ->
                  while not !ready do Traced_lock.Condition.wait condition lock done));
          alone (fun () ->
              Traced_lock.holding lock (fun () -> ready := true);
              Traced_lock.Condition.signal condition);
        ],
        fun () -> that "free" (not (Traced_lock.is_locked lock)) ));
  law "awaitable: a change and a signal wake, one of them canceled or not" ~preemptions:2 ~more_than:500 (fun () ->
      let open Traced_awaitable in
      let a = Awaitable.make 0 and c = Computation.create () and woken = ref 0 in
      let wait () =
        while Awaitable.get a = 0 do Awaitable.await a 0 done;
        incr woken
      in
      ( [
          alone wait;
          (fun () ->
            Traced_fifo.run (fun () ->
                Fiber.spawn (Fiber.create ~forbid:false c) (fun _ -> try wait () with A -> ())));
          (fun () ->
            Awaitable.set a 1;
            Awaitable.signal a;
            Computation.cancel c A bt;
            Awaitable.signal a);
        ],
        fun () -> that "the first" (!woken >= 1) ))

(* They are the same on every machine. *)
let add () =
  if not quick then begin
    triggers ();
    computations ();
    transactions ();
    fifo ();
    runners ();
    multififo ();
    moments ();
    locks ()
  end
