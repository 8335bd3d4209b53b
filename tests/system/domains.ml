(* SPDX-License-Identifier: ISC
   Four domains on four processors: spawn and join, parallel sums, atomics, domain-local state, collections that
   stop them all, threads inside domains.
   run: cpus=4 *)

let parallel_sums () =
  let part i () =
    let s = ref 0 in
    for v = i * 1_000_000 to ((i + 1) * 1_000_000) - 1 do
      s := !s + (v land 0xff)
    done;
    !s
  in
  let sums = List.map Domain.join (List.init 4 (fun i -> Domain.spawn (part i))) in
  Printf.printf "sum: %d\n%!" (List.fold_left ( + ) 0 sums)

let atomics () =
  let n = Atomic.make 0 and exchanges = Atomic.make 0 in
  let work () =
    for _ = 1 to 50_000 do
      Atomic.incr n;
      let v = Atomic.get exchanges in
      if Atomic.compare_and_set exchanges v (v + 1) then () else Domain.cpu_relax ()
    done
  in
  let others = List.init 3 (fun _ -> Domain.spawn work) in
  work ();
  List.iter Domain.join others;
  Printf.printf "atomic: %d, exchanged at most that: %b\n%!" (Atomic.get n) (Atomic.get exchanges <= 200_000)

let local_state () =
  let key = Domain.DLS.new_key ~split_from_parent:(fun v -> v + 1) (fun () -> 10) in
  Domain.DLS.set key 100;
  let inner () =
    let mine = Domain.DLS.get key in
    let child = Domain.join (Domain.spawn (fun () -> Domain.DLS.get key)) in
    Domain.DLS.set key 0;
    (mine, child)
  in
  let mine, child = Domain.join (Domain.spawn inner) in
  Printf.printf "local: %d %d %d\n%!" (Domain.DLS.get key) mine child

type tree = Leaf | Node of tree * tree

let rec build n = if n = 0 then Leaf else Node (build (n - 1), build (n - 1))
let rec size = function Leaf -> 1 | Node (l, r) -> size l + size r

let collections () =
  let work i () =
    let kept = build (8 + i) in
    let total = ref 0 in
    for round = 1 to 20 do
      total := !total + size (build 10);
      if round mod 10 = i then Gc.full_major ()
    done;
    !total + size kept
  in
  let sizes = List.map Domain.join (List.init 4 (fun i -> Domain.spawn (work i))) in
  List.iter (Printf.printf "collections: %d\n%!") sizes

(* One producer, one consumer, a lock-free stack between: memory order. *)
let message_passing () =
  let stack = Atomic.make [] in
  let rec push v =
    let old = Atomic.get stack in
    if not (Atomic.compare_and_set stack old (v :: old)) then push v
  in
  let rec pop () =
    match Atomic.get stack with
    | [] -> None
    | v :: rest as old -> if Atomic.compare_and_set stack old rest then Some v else pop ()
  in
  let count = 20_000 in
  let producer = Domain.spawn (fun () -> for i = 1 to count do push (ref i) done) in
  let rec consume n sum =
    if n = count then sum
    else
      match pop () with
      | None ->
          Domain.cpu_relax ();
          consume n sum
      | Some r -> consume (n + 1) (sum + !r)
  in
  let sum = consume 0 0 in
  Domain.join producer;
  Printf.printf "messages: %d\n%!" sum

let locks_across_domains () =
  let m = Mutex.create () and c = Condition.create () and turn = ref 0 in
  let work i () =
    for round = 0 to 99 do
      Mutex.lock m;
      while !turn <> (round * 4) + i do
        Condition.wait c m
      done;
      incr turn;
      Condition.broadcast c;
      Mutex.unlock m
    done
  in
  List.iter Domain.join (List.init 4 (fun i -> Domain.spawn (work i)));
  Printf.printf "turns: %d\n%!" !turn

let threads_inside () =
  let n = Atomic.make 0 in
  let work () =
    List.iter Thread.join
      (List.init 4 (fun _ ->
           Thread.create
             (fun () ->
               for _ = 1 to 1000 do
                 Atomic.incr n;
                 if Atomic.get n land 255 = 0 then Thread.yield ()
               done)
             ()))
  in
  List.iter Domain.join (List.init 3 (fun _ -> Domain.spawn work));
  Printf.printf "threads in domains: %d\n%!" (Atomic.get n)

let failing () =
  match Domain.join (Domain.spawn (fun () -> if Sys.opaque_identity true then failwith "in a domain")) with
  | () -> print_endline "no exception"
  | exception Failure m -> Printf.printf "failure: %s\n%!" m

let again_and_again () =
  let n = ref 0 in
  for i = 1 to 60 do
    n := !n + Domain.join (Domain.spawn (fun () -> i))
  done;
  Printf.printf "again: %d\n%!" !n

let () =
  parallel_sums ();
  atomics ();
  local_state ();
  collections ();
  message_passing ();
  locks_across_domains ();
  threads_inside ();
  failing ();
  again_and_again ()
