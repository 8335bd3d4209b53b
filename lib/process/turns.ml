(* SPDX-License-Identifier: ISC *)

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

(* [time] is what it has run, divided by its weight; [clock] is how far those within have come. *)
type share = { mutable weight : int; mutable time : int; mutable clock : int; within : share option }
type state = Away | Running | Waiting

type t = {
  cpus : int;
  lock : Mutex.t;
  running : int Atomic.t;
  waiting : int Atomic.t;
  mutable queue : member list;  (* those that wait *)
  mutable members : member list;
  mutable last : int;  (* when a slice was over *)
  mutable watched : bool;
}

and member = {
  turns : t;
  own : share;
  mutable state : state;
  mutable ran : int;  (* of its slice *)
  mutable is_wanted : bool;  (* somebody waited when that began *)
  mutable after : member option;  (* who begins it, until it begins *)
  rouse : unit -> unit;
  wake : unit -> unit;
}

let usual_weight = 100
let slice_ns = 4_000_000

(* Nobody saves more than this up by waiting for something else, nor owes more for what he ran before he looked whether others wait. *)
let most_ns = 2 * slice_ns

let create ~cpus =
  {
    cpus;
    lock = Mutex.create ();
    running = Atomic.make 0;
    waiting = Atomic.make 0;
    queue = [];
    members = [];
    last = 0;
    watched = false;
  }

let share ?within weight =
  let time = match within with Some parent -> parent.clock | None -> 0 in
  { weight; time; clock = 0; within }

let member ?after turns ~within ~weight ~rouse ~wake =
  { turns; own = share ~within weight; state = Away; ran = 0; is_wanted = false; after; rouse; wake }

let set_weight m weight = m.own.weight <- weight
let state m = m.state
let is_contended t = Atomic.get t.waiting > 0
let locked t f = Mutex.protect t.lock f

(* The rest of this part under the lock. *)

let divided share ns = ns * usual_weight / share.weight

let rec charge share ns =
  match share.within with
  | None -> ()
  | Some parent ->
      share.time <- max share.time (parent.clock - divided share most_ns) + divided share ns;
      charge parent ns

(* Who begins runs a slice at once, and is a slice behind who has begun it: else that one would wait for each that it begins. *)
let begin_ m =
  let place parent = function
    | Some { own = { within = Some same; time; _ }; _ } when same == parent ->
        let time = min time (parent.clock + divided m.own most_ns) in
        m.own.time <- max parent.clock time + divided m.own slice_ns
    | _ -> ()
  in
  locked m.turns (fun () ->
      m.turns.members <- m :: m.turns.members;
      Option.iter (fun parent -> place parent m.after) m.own.within;
      m.after <- None)

let rec path share below = match share.within with None -> below | Some parent -> path parent (share :: below)

(* Whose turn comes first: by the shares where their paths part. *)
let is_before a b =
  let rec compare a b =
    match (a, b) with
    | x :: a, y :: b -> if x == y then compare a b else x.time < y.time
    | [], _ | _, [] -> false
  in
  compare (path a.own []) (path b.own [])

(* Among equals who has waited longest: the last of the queue. *)
let first t =
  match t.queue with
  | [] -> None
  | m :: rest -> Some (List.fold_left (fun best m -> if is_before best m then best else m) m rest)

let rec advance share =
  Option.iter
    (fun parent ->
      parent.clock <- max parent.clock share.time;
      advance parent)
    share.within

let take_out t m =
  t.queue <- List.filter (fun other -> other != m) t.queue;
  Atomic.decr t.waiting;
  m.state <- Running;
  Atomic.incr t.running

let start t m =
  take_out t m;
  advance m.own;
  m.wake ()

(* Who is away says so before he looks whether somebody waits; who waits says so before he looks whether a CPU is free. *)
let rec fill t =
  if Atomic.get t.running < t.cpus then
    match first t with
    | None -> ()
    | Some m ->
        start t m;
        fill t

let put t m =
  m.state <- Waiting;
  t.queue <- m :: t.queue;
  Atomic.incr t.waiting;
  Atomic.decr t.running;
  fill t

(* Each for itself. *)

let enter m =
  if m.state = Away then (
    m.state <- Running;
    Atomic.incr m.turns.running)

let leave m =
  if m.state = Running then (
    let t = m.turns in
    m.state <- Away;
    if Atomic.fetch_and_add t.running (-1) <= t.cpus && Atomic.get t.waiting > 0 then locked t (fun () -> fill t))

let next m ~now =
  let t = m.turns and ran = m.ran in
  m.ran <- 0;
  let was_contended, waits =
    locked t (fun () ->
        let was_contended = is_contended t in
        t.last <- now;
        (* What it ran beyond a slice while nobody wanted to, it took from nobody. *)
        charge m.own (min ran (if m.is_wanted then most_ns else slice_ns));
        m.is_wanted <- was_contended;
        (if Atomic.get t.running > t.cpus then put t m
         else
           match first t with
           | Some other when is_before other m ->
               start t other;
               put t m
           | Some _ | None -> advance m.own);
        (was_contended, m.state = Waiting))
  in
  (* Those that run till somebody wants their CPU do not know yet. *)
  if waits && not was_contended then
    List.iter (fun other -> if other != m && other.state = Running then other.rouse ()) (locked t (fun () -> t.members))

(* Not worth to come back for. *)
let least_ns = slice_ns / 8

let slice_over m ~now ns =
  enter m;
  m.ran <- m.ran + ns;
  let rest = slice_ns - m.ran in
  if rest >= least_ns then rest
  else (
    next m ~now;
    0)

let give_up m ~now ns =
  enter m;
  m.ran <- m.ran + ns;
  next m ~now

let patience_ns = 100_000_000

let insist m =
  let t = m.turns in
  locked t (fun () -> if m.state = Waiting then take_out t m)

let is_watched t = t.watched

let watch t =
  (not t.watched)
  && locked t (fun () ->
         let is_new = is_contended t && not t.watched in
         if is_new then t.watched <- true;
         is_new)

let rescue t ~now =
  locked t (fun () ->
      if now - t.last > patience_ns then (
        t.last <- now;
        Option.iter (start t) (first t));
      t.watched <- is_contended t;
      t.watched)

let end_ m =
  leave m;
  locked m.turns (fun () -> m.turns.members <- List.filter (fun other -> other != m) m.turns.members)
