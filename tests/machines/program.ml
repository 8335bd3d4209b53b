(* SPDX-License-Identifier: ISC
   What each machine of tests/machines boots: every CPU is there, domains and threads run side by side, wait for each
   other, sleep, collect and keep their floating-point state. The argument is the number of CPUs. *)

let cpus = int_of_string Sys.argv.(1)

let () =
  let found = Domain.recommended_domain_count () in
  if found = cpus then print_endline "cpus: all" else Printf.printf "cpus: %d for %d\n%!" found cpus

(* Nothing ends before all four domains have met, so each must be let run. *)
let meet =
  let m = Mutex.create () and c = Condition.create () and here = ref 0 in
  fun () ->
    Mutex.protect m (fun () ->
        incr here;
        if !here = 4 then Condition.broadcast c;
        while !here < 4 do
          Condition.wait c m
        done)

let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)

(* Allocates and computes in registers at once. *)
let work i () =
  meet ();
  let kept = ref [] and x = ref (float i) in
  for round = 1 to 4000 do
    x := (!x *. 1.0001) +. (1. /. float round);
    if round land 15 = 0 then kept := Bytes.make 200 (Char.chr i) :: !kept
  done;
  if i = 2 then Gc.full_major ();
  let intact = List.for_all (fun b -> Bytes.for_all (fun c -> c = Char.chr i) b) !kept in
  (fib 18, List.length !kept, intact, Int64.bits_of_float !x)

let () =
  let domains = List.init 3 (fun i -> Domain.spawn (work (i + 1))) in
  let first = work 4 () in
  List.iter
    (fun (f, n, intact, x) -> Printf.printf "domain: %d %d %b %Lx\n" f n intact x)
    (List.map Domain.join domains @ [ first ])

let () =
  let sum = Atomic.make 0 in
  let thread i =
    Thread.create
      (fun () ->
        for round = 1 to 3 do
          Thread.delay (0.001 *. float i);
          ignore (Atomic.fetch_and_add sum (i * round));
          Thread.yield ()
        done)
      ()
  in
  List.iter Thread.join (List.init 5 thread);
  Printf.printf "threads: %d\n" (Atomic.get sum)
