(* SPDX-License-Identifier: ISC
   Turns by a clock that is counted: busy threads, those that wait now and then, new ones, on 1 to 4 CPUs; who has had how much. *)

open Process
open Law

type thread = { member : Turns.member; mutable ran : int; mutable left : int; mutable awake : bool; mutable lives : bool; busy : int -> bool (* at a moment *) }
type machine = { turns : Turns.t; cpus : int; mutable now : int; mutable threads : thread list }

let machine cpus = { turns = Turns.create ~cpus; cpus; now = 0; threads = [] }

let wake t =
  Turns.enter t.member;
  if not t.lives then Turns.begin_ t.member;
  t.lives <- true;
  t.awake <- true

let thread m ?(weight = 1024) ?(busy = fun _ -> true) ?(awake = true) ?after within =
  let after = Option.map (fun t -> t.member) after in
  let member = Turns.member ?after m.turns ~within ~weight ~rouse:ignore ~wake:ignore in
  let t = { member; ran = 0; left = 0; awake = false; lives = false; busy } in
  if awake then wake t;
  m.threads <- m.threads @ [ t ];
  t

(* A slice: as the CPUs would divide it among those that run, if they are more; or, [in_a_row], one after the other. *)
let step ?(in_a_row = false) m =
  List.iter
    (fun t ->
      let busy = t.busy m.now in
      if busy && not t.awake then wake t
      else if t.awake && not busy then (
        Turns.leave t.member;
        t.awake <- false))
    m.threads;
  let running = List.filter (fun t -> Turns.state t.member = Running) m.threads in
  let running = if in_a_row then List.filteri (fun i _ -> i < m.cpus) running else running in
  let count = List.length running in
  m.now <- m.now + Turns.slice_ns;
  if count > 0 then begin
    let each = min Turns.slice_ns (Turns.slice_ns * m.cpus / count) in
    List.iter
      (fun t ->
        t.ran <- t.ran + each;
        t.left <- Turns.slice_over t.member ~now:m.now each)
      running;
    if in_a_row then m.threads <- List.filter (fun t -> not (List.memq t running)) m.threads @ running
  end;
  let waiting = List.exists (fun t -> Turns.state t.member = Waiting) m.threads in
  let running = List.filter (fun t -> Turns.state t.member = Running) m.threads in
  let fresh = List.length (List.filter (fun t -> t.left = 0) running) and running = List.length running in
  check "nobody waits while a CPU is free" ((not waiting) || running >= m.cpus);
  check "no more begin a slice than there are CPUs" (in_a_row || (not waiting) || fresh <= m.cpus)

let rec steps m n =
  if n > 0 then (
    step m;
    steps m (n - 1))

let sum threads = List.fold_left (fun sum t -> sum + t.ran) 0 threads
let is_about x y = Float.abs (x -. y) <= 0.03 *. y
let ratio a b = float (sum a) /. float (sum b)

let some m n ?weight ?busy within = List.init n (fun _ -> thread m ?weight ?busy within)

let two cpus counts (weight_a, weight_b) expected =
  let m = machine cpus in
  let root = Turns.share 100 in
  let a = some m (fst counts) (Turns.share ~within:root weight_a) and b = some m (snd counts) (Turns.share ~within:root weight_b) in
  steps m 3000;
  let got = ratio a b in
  if not (is_about got expected) then Printf.printf "%d CPUs, %d and %d threads, weights %d and %d: %.3f\n" cpus (fst counts) (snd counts) weight_a weight_b got;
  check "shares by weights" (is_about got expected)

let () =
  for cpus = 1 to 4 do
    two cpus (cpus, cpus) (300, 100) 3.;
    two cpus (4 * cpus, cpus) (100, 100) 1.;
    two cpus (2 * cpus, 5 * cpus) (700, 100) 7.
  done;
  (* As many threads as CPUs are never held back; what one cannot use, the others have. *)
  two 2 (1, 1) (300, 100) 1.;
  two 2 (1, 2) (10_000, 1) 1.;
  two 4 (1, 6) (300, 100) (1. /. 3.)

(* Shares within shares, and threads by their own weights. *)
let () =
  let m = machine 2 in
  let root = Turns.share 100 in
  let left = Turns.share ~within:root 100 and right = Turns.share ~within:root 300 in
  let a = some m 2 (Turns.share ~within:left 100) and b = some m 2 (Turns.share ~within:left 200) and c = some m 3 right in
  steps m 6000;
  check "halves of a quarter" (is_about (ratio b a) 2. && is_about (ratio c (a @ b)) 3.);
  let m = machine 1 in
  let share = Turns.share ~within:(Turns.share 100) 100 in
  let nice = thread m ~weight:(Task.weight_of_nice 5) share and usual = thread m ~weight:(Task.weight_of_nice 0) share in
  steps m 6000;
  check "five steps of nice" (is_about (ratio [ usual ] [ nice ]) (1.25 ** 5.));
  Turns.set_weight nice.member (Task.weight_of_nice 0);
  let before = (nice.ran, usual.ran) in
  steps m 6000;
  check "and back" (is_about (float (nice.ran - fst before)) (float (usual.ran - snd before)))

(* Who has slept gets no more than a little for it, and who comes later waits no longer than others. *)
let () =
  let m = machine 1 in
  let root = Turns.share 100 in
  let busy = thread m (Turns.share ~within:root 100) in
  let sleeper = thread m ~busy:(fun now -> now > 1000 * Turns.slice_ns) (Turns.share ~within:root 100) in
  steps m 1000;
  let before = busy.ran in
  steps m 400;
  check "sleep is not saved up" (is_about (float sleeper.ran) (float (busy.ran - before)));
  let late = thread m (Turns.share ~within:root 100) in
  let before = busy.ran in
  steps m 600;
  check "nor is what was before" (is_about (float late.ran) (float (busy.ran - before)));
  (* One that only works now and then has what it wants. *)
  let m = machine 1 in
  let root = Turns.share 100 in
  let _ = some m 3 (Turns.share ~within:root 100) in
  let seldom = thread m ~busy:(fun now -> now / Turns.slice_ns mod 10 = 0) (Turns.share ~within:root 100) in
  steps m 2000;
  check "seldom" (float seldom.ran > 0.04 *. float m.now)

(* Who wakes often and computes little does not wait for those that compute, but for once a slice. *)
let () =
  let m = machine 1 in
  let root = Turns.share 100 in
  let _ = some m 3 (Turns.share ~within:root 100) in
  let sleeper = thread m ~busy:(fun _ -> false) (Turns.share ~within:root 100) in
  let used = Turns.slice_ns / 100 and waited = ref 0 in
  for _ = 1 to 1000 do
    step m;
    Turns.enter sleeper.member;
    ignore (Turns.slice_over sleeper.member ~now:m.now used);
    if Turns.state sleeper.member = Waiting then incr waited;
    while Turns.state sleeper.member = Waiting do
      step m
    done;
    Turns.leave sleeper.member
  done;
  check "wakes at once" (!waited > 0 && !waited <= 1000 / 80)

(* Who has just begun many that compute, and then sleeps much and computes little, does not wait until each of them has made up for
   that. If they ran meanwhile, it has taken turns with them, and may wait for one of each. How long it waits at most, in slices. *)
let waits_after ~forks_a_slice ~at_once ~in_a_row ~slices =
  let m = machine 1 in
  let step m = step ~in_a_row m in
  let group = Turns.share ~within:(Turns.share 100) 100 in
  let begins = ref true in
  let parent = thread m ~busy:(fun _ -> !begins) group in
  let children = ref [] in
  while List.length !children < 100 do
    if forks_a_slice < 100 then step m else parent.ran <- Turns.slice_ns;
    while List.length !children < Int.min 100 (parent.ran * forks_a_slice / Turns.slice_ns) do
      children := thread m group ~after:parent ~busy:(fun _ -> at_once || not !begins) ~awake:at_once :: !children
    done
  done;
  while Turns.state parent.member = Waiting do
    step m
  done;
  begins := false;
  (* What is left of its slice is soon used up; or it has not looked for some slices, as nobody wanted to run. *)
  ignore (Turns.slice_over parent.member ~now:m.now (int_of_float (slices *. float Turns.slice_ns)));
  (* Now and then it wakes for a moment. *)
  let wakes () =
    step m;
    step m;
    Turns.enter parent.member;
    ignore (Turns.slice_over parent.member ~now:m.now (Turns.slice_ns / 400));
    let from = m.now in
    while Turns.state parent.member = Waiting do
      step m
    done;
    Turns.leave parent.member;
    (m.now - from) / Turns.slice_ns
  in
  while List.exists (fun t -> t.ran = 0) !children do
    ignore (wakes ())
  done;
  List.fold_left (fun longest _ -> Int.max longest (wakes ())) 0 (List.init 400 Fun.id)

let () =
  for forks_a_slice = 3 to 41 do
    (* At last, all in one slice. *)
    let forks_a_slice = if forks_a_slice = 41 then 100 else forks_a_slice in
    List.iter
      (fun (at_once, in_a_row, slices) ->
        let longest = waits_after ~forks_a_slice ~at_once ~in_a_row ~slices in
        let most = if at_once then 100 else 10 in
        if longest > most then
          Printf.printf "%d forks a slice, %.2f slices used, at once: %b, in a row: %b: waits for %d slices of others\n" forks_a_slice slices at_once in_a_row
            longest;
        check "forks, and sleeps" (longest <= most))
      [ (true, true, 0.75); (true, false, 0.75); (false, true, 0.75); (false, false, 0.75); (false, true, 5.); (false, false, 5.) ]
  done

(* Random: nobody starves, and the ends of threads leave nothing. *)
let () =
  let random = Random.State.make [| 7 |] in
  for _ = 1 to 50 do
    let m = machine (1 + Random.State.int random 4) in
    let root = Turns.share 100 in
    let groups = Array.init 3 (fun _ -> Turns.share ~within:root (50 + Random.State.int random 200)) in
    let pattern = Random.State.int random 1000 in
    for i = 0 to Random.State.int random 10 do
      let busy now = Hashtbl.hash (now, i, pattern) mod 4 > 0 in
      ignore (thread m ~busy groups.(i mod 3))
    done;
    steps m 500;
    check "watched" (Turns.is_contended m.turns = Turns.watch m.turns && not (Turns.watch m.turns));
    check "everybody has had something" (List.for_all (fun t -> t.ran > 0) m.threads);
    List.iter (fun t -> if Turns.state t.member = Waiting then Turns.insist t.member) m.threads;
    List.iter (fun t -> Turns.end_ t.member) m.threads;
    m.threads <- [];
    let last = thread m groups.(0) in
    steps m 5;
    check "alone at last" (last.ran = 5 * Turns.slice_ns && not (Turns.is_contended m.turns))
  done

(* What has not said that it waits is found out, but not before the time. *)
let () =
  let m = machine 1 in
  let share = Turns.share 100 in
  let first = thread m share and second = thread m share in
  steps m 9;
  let waits = List.find (fun t -> Turns.state t.member = Waiting) [ first; second ] in
  check "still waits" (Turns.rescue m.turns ~now:(m.now + Turns.patience_ns) && Turns.state waits.member = Waiting);
  check "runs" ((not (Turns.rescue m.turns ~now:(m.now + Turns.patience_ns + 1))) && Turns.state waits.member = Running)

let () = finish "turns"
