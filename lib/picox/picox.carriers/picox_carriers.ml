(* SPDX-License-Identifier: ISC *)

open Picos
module Parker = Picox_parker

type worker = { parker : Parker.t }

type t = {
  ready : queue Atomic.t;
  attentive : int Atomic.t;
  idle : worker list Atomic.t;
  threads : int Atomic.t;
  closing : bool Atomic.t;
  short : bool Atomic.t;
  start_thread : (unit -> unit) -> unit;
}

(* The first list is not empty; the newest are first in the second. *)
and queue = Nobody | Jobs of { first : job list; last : job list }

and job =
  | Start of carried * (Fiber.t -> unit)
  | Resume of carried * ((exn * Printexc.raw_backtrace) option, unit) Effect.Deep.continuation
  | Go_on of carried * (unit, unit) Effect.Deep.continuation

and carried = {
  pool : t;
  fiber : Fiber.t;
  resumed : unit -> unit;
  suspended : unit -> unit;
  ended : unit -> unit;
}

let ready pool = pool.ready
let attentive pool = pool.attentive
let is_short pool = Atomic.get pool.short

(* Idle carriers. More than so many are not kept, and all but one only for a while: a thread is a megabyte of stacks that are
   promised to it. *)

let most_idle = 8
let idle_ns = 100_000_000

let rec put_idle pool worker =
  let before = Atomic.get pool.idle in
  if not (Atomic.compare_and_set pool.idle before (worker :: before)) then put_idle pool worker

let rec take_idle pool =
  match Atomic.get pool.idle with
  | [] -> None
  | worker :: rest as before -> if Atomic.compare_and_set pool.idle before rest then Some worker else take_idle pool

(* False: somebody has taken it. *)
let rec take_back pool worker =
  let before = Atomic.get pool.idle in
  List.memq worker before
  && (Atomic.compare_and_set pool.idle before (List.filter (( != ) worker) before) || take_back pool worker)

(* Who is called is attentive from here on. False: there is none. *)
let call_another pool =
  match take_idle pool with
  | None -> false
  | Some worker ->
      Atomic.incr pool.attentive;
      ignore (Parker.wake worker.parker);
      true

(* Those that are ready *)

let rec add pool job =
  let before = Atomic.get pool.ready in
  let after =
    match before with Nobody -> Jobs { first = [ job ]; last = [] } | Jobs { first; last } -> Jobs { first; last = job :: last }
  in
  if not (Atomic.compare_and_set pool.ready before after) then add pool job

let rec take pool =
  match Atomic.get pool.ready with
  | Nobody | Jobs { first = []; _ } -> None
  | Jobs { first = job :: rest; last } as before ->
      let after =
        match (rest, last) with
        | [], [] -> Nobody
        | [], last -> Jobs { first = List.rev last; last = [] }
        | first, last -> Jobs { first; last }
      in
      if Atomic.compare_and_set pool.ready before after then Some job else take pool

let has_ready pool = match Atomic.get pool.ready with Nobody -> false | Jobs _ -> true
let has_others pool = has_ready pool && Atomic.get pool.attentive = 1

(* Who is attentive sees the job before it ceases to be. *)
let push pool job =
  add pool job;
  if Atomic.get pool.attentive = 0 then ignore (call_another pool)

(* True: it may not, since it was the last, and others are ready. *)
let leave pool =
  Atomic.fetch_and_add pool.attentive (-1) = 1
  && has_ready pool
  && begin
       Atomic.incr pool.attentive;
       true
     end

(* Fibers *)

let tell = Thread.default_uncaught_exception_handler

let resume trigger carried k =
  ignore (Fiber.unsuspend carried.fiber trigger);
  push carried.pool (Resume (carried, k))

(* Somebody may have it go on elsewhere before this returns. *)
let[@alert "-handler"] await carried trigger k =
  carried.suspended ();
  if not (Fiber.try_suspend carried.fiber trigger carried k resume) then begin
    carried.resumed ();
    Fiber.resume carried.fiber k
  end

let yield carried k =
  match Fiber.check carried.fiber with
  | exception exn -> Effect.Deep.discontinue_with_backtrace k exn (Printexc.get_raw_backtrace ())
  | () ->
      carried.suspended ();
      push carried.pool (Go_on (carried, k))

let spawn pool carried fiber main =
  Fiber.check carried.fiber;
  push pool (Start ({ pool; fiber; resumed = ignore; suspended = ignore; ended = ignore }, main))

let cancel_after carried computation ~seconds exn backtrace =
  Fiber.check carried.fiber;
  Picox_timers.cancel_after computation ~seconds exn backtrace

let answer k f =
  match f () with
  | value -> Effect.Deep.continue k value
  | exception exn -> Effect.Deep.discontinue_with_backtrace k exn (Printexc.get_raw_backtrace ())

let handler carried : (unit, unit) Effect.Deep.handler =
  let over () =
    carried.suspended ();
    carried.ended ()
  in
  let effc : type a. a Effect.t -> ((a, unit) Effect.Deep.continuation -> unit) option = function
    | Fiber.Current -> Some (fun k -> Effect.Deep.continue k carried.fiber)
    | Trigger.Await trigger -> Some (fun k -> await carried trigger k)
    | Fiber.Yield -> Some (fun k -> yield carried k)
    | Fiber.Spawn r -> Some (fun k -> answer k (fun () -> spawn carried.pool carried r.fiber r.main))
    | Computation.Cancel_after r ->
        Some (fun k -> answer k (fun () -> cancel_after carried r.computation ~seconds:r.seconds r.exn r.bt))
    | _ -> None
  in
  {
    retc = over;
    exnc =
      (fun exn ->
        tell exn;
        over ());
    effc;
  }

let perform job =
  match job with
  | Start (carried, main) ->
      carried.resumed ();
      Effect.Deep.match_with main carried.fiber (handler carried)
  | Resume (carried, k) ->
      carried.resumed ();
      Fiber.resume carried.fiber k
  | Go_on (carried, k) ->
      carried.resumed ();
      Effect.Deep.continue k ()

(* Carriers *)

let rec work pool worker ~fresh =
  match take pool with
  | Some job ->
      (* Now it is busy, and another is to be idle. *)
      if fresh && Atomic.get pool.idle == [] then add_thread pool;
      (try perform job with exn -> tell exn);
      work pool worker ~fresh:false
  | None -> if rest pool worker then work pool worker ~fresh:true else Atomic.decr pool.threads

(* It is attentive as soon as it is to be there. *)
and add_thread pool =
  Atomic.incr pool.attentive;
  Atomic.incr pool.threads;
  match
    pool.start_thread (fun () ->
        Picox_timers.enter ();
        work pool { parker = Parker.create () } ~fresh:true)
  with
  | () -> ()
  | exception _ ->
      Atomic.decr pool.threads;
      Atomic.decr pool.attentive;
      Atomic.set pool.short true

(* Until it is called. False: it ends. *)
and rest pool worker =
  let others = Atomic.get pool.idle in
  if Atomic.get pool.closing || List.compare_length_with others most_idle >= 0 then leave pool
  else begin
    Parker.announce worker.parker;
    put_idle pool worker;
    Atomic.set pool.short false;
    if Atomic.get pool.closing && take_back pool worker then leave pool
    else if not (leave pool) then begin
      Picox_timers.tend ();
      if others == [] then Parker.park worker.parker
      else Parker.park_until worker.parker (Picox_timers.now_ns () + idle_ns);
      (* If it is not among the idle, it was called. *)
      (not (take_back pool worker))
      || Atomic.get pool.idle == []
         && begin
              Atomic.incr pool.attentive;
              true
            end
    end
    else begin
      if take_back pool worker then Parker.withdraw worker.parker
      else begin
        (* Who has called it has counted it, too, and wakes it. *)
        Atomic.decr pool.attentive;
        Parker.park worker.parker
      end;
      true
    end
  end

let share pool =
  if not (call_another pool) then begin
    add_thread pool;
    if is_short pool then Fiber.yield ()
  end

let rec depart pool =
  if leave pool then
    if call_another pool then depart pool
    else begin
      add_thread pool;
      if is_short pool then Atomic.decr pool.attentive else depart pool
    end

let aside pool f =
  depart pool;
  Picox_timers.tend ();
  Fun.protect ~finally:(fun () -> Atomic.incr pool.attentive) f

let start_thread f = ignore (Thread.create f ())

let create ?(start_thread = start_thread) () =
  {
    ready = Atomic.make Nobody;
    attentive = Atomic.make 0;
    idle = Atomic.make [];
    threads = Atomic.make 0;
    closing = Atomic.make false;
    short = Atomic.make false;
    start_thread;
  }

let run pool fiber ?(resumed = ignore) ?(suspended = ignore) ?(ended = ignore) main =
  if Atomic.get pool.threads = 0 then add_thread pool;
  Atomic.get pool.threads > 0
  && begin
       push pool (Start ({ pool; fiber; resumed; suspended; ended }, main));
       true
     end

let close pool =
  Atomic.set pool.closing true;
  while call_another pool do
    ()
  done

(* A domain ends when all its threads have. *)
let key =
  Domain.DLS.new_key (fun () ->
      let pool = create () in
      Domain.at_exit (fun () -> close pool);
      pool)

let here () = Domain.DLS.get key
