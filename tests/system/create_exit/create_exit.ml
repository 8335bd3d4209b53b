(* SPDX-License-Identifier: ISC *)

external free_kib : unit -> int = "camel_free_memory" [@@noalloc]

(* The runtime and the libc take memory that they keep, up to a level that a short run does not reach:
   - A minor heap, 2 MiB a domain, is resident as far as it was ever used. So before each reading every minor
     heap that the test uses is used up whole.
   - What ended threads and domains leave as garbage has mutexes and conditions from malloc, and malloc keeps
     part of the most it ever gave out. So the garbage is collected often.
   - The nucleus keeps up to 64 kernel stacks of ended threads, 16 KiB each. How many threads of a round live at
     once is chance, so first more than that many do.
   Then the level is reached in the first tenth, and a run of any length must leave nothing. *)

let fill_spare_stacks () =
  let go = Semaphore.Counting.make 0 in
  let threads = List.init 80 (fun _ -> Thread.create Semaphore.Counting.acquire go) in
  List.iter (fun _ -> Semaphore.Counting.release go) threads;
  List.iter Thread.join threads

let use_up_minor_heap () =
  for i = 1 to 2 * (Gc.get ()).minor_heap_size do
    ignore (Sys.opaque_identity (ref i))
  done

(* Both domains live at once, so that each has a minor heap of its own. *)
let use_up_minor_heaps_of_domains () =
  use_up_minor_heap ();
  let used_up = Semaphore.Counting.make 0 in
  let go = Semaphore.Counting.make 0 in
  let spawn () =
    Domain.spawn (fun () ->
        use_up_minor_heap ();
        Semaphore.Counting.release used_up;
        Semaphore.Counting.acquire go)
  in
  let one = spawn () in
  let two = spawn () in
  Semaphore.Counting.acquire used_up;
  Semaphore.Counting.acquire used_up;
  Semaphore.Counting.release go;
  Semaphore.Counting.release go;
  Domain.join one;
  Domain.join two

(* The nucleus frees a thread a little after it has ended: the best of some readings counts. *)
let free settle =
  settle ();
  Gc.compact ();
  let best = ref (free_kib ()) in
  for _ = 1 to 10 do
    Thread.delay 0.05;
    best := max !best (free_kib ())
  done;
  !best

(* What is free at the end must be what was free after the first tenth, but for `kept` bytes each and a few
   blocks that the allocators may keep. *)
let returns_memory name count ~settle ~kept make =
  let tenth = count / 10 in
  make tenth;
  let before = free settle in
  make (count - tenth);
  let lost = before - free settle in
  let back = lost < 256 + ((count - tenth) * kept / 1024) in
  if (not back) || Array.length Sys.argv > 3 then Printf.printf "%s: %d KiB lost\n%!" name lost;
  Printf.printf "%s: memory is back %b\n%!" name back

let threads count =
  let n = Atomic.make 0 in
  for round = 1 to count / 20 do
    List.iter Thread.join (List.init 20 (fun _ -> Thread.create Atomic.incr n));
    if round mod 10 = 0 then Gc.full_major ()
  done;
  if Atomic.get n <> count / 20 * 20 then print_endline "a thread did not run"

let domains count =
  let n = ref 0 in
  for round = 1 to count / 2 do
    let one = Domain.spawn (fun () -> 1) in
    let two = Domain.spawn (fun () -> List.length (List.init 2 Fun.id)) in
    n := !n + Domain.join one + Domain.join two;
    if round mod 10 = 0 then Gc.full_major ()
  done;
  if !n <> count / 2 * 3 then print_endline "a domain did not run"

(* Before 5.5 the runtime never frees an ended domain's table of cached stacks: 40 bytes, 51 with what malloc
   adds. On Linux, too (https://github.com/ocaml/ocaml/pull/14940). *)
let kept_of_domain =
  let { Sys.major; minor; _ } = Sys.ocaml_release in
  if (major, minor) < (5, 5) then 51 else 0

(* A third argument prints what was lost in any case. *)
let () =
  let count n = int_of_string Sys.argv.(n) in
  fill_spare_stacks ();
  returns_memory "threads" (count 1) ~settle:use_up_minor_heap ~kept:0 threads;
  returns_memory "domains" (count 2) ~settle:use_up_minor_heaps_of_domains ~kept:kept_of_domain domains
