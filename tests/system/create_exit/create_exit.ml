(* SPDX-License-Identifier: ISC *)

external free_kib : unit -> int = "camel_free_memory" [@@noalloc]

let free () =
  Gc.full_major ();
  (* The nucleus frees a thread a little after it has ended. *)
  Thread.delay 0.05;
  free_kib ()

(* The memory that is free at the end must be what was free after the first tenth, but for what the allocators
   keep. *)
let returns_memory name count make =
  let tenth = count / 10 in
  make tenth;
  let before = free () in
  make (count - tenth);
  let lost = before - free () in
  if lost >= 512 then Printf.printf "%s: %d KiB lost\n%!" name lost;
  Printf.printf "%s: memory is back %b\n%!" name (lost < 512)

let threads count =
  let n = Atomic.make 0 in
  for _ = 1 to count / 20 do
    List.iter Thread.join (List.init 20 (fun _ -> Thread.create Atomic.incr n))
  done;
  if Atomic.get n <> count / 20 * 20 then print_endline "a thread did not run"

let domains count =
  let n = ref 0 in
  for _ = 1 to count / 2 do
    let one = Domain.spawn (fun () -> 1) in
    let two = Domain.spawn (fun () -> List.length (List.init 2 Fun.id)) in
    n := !n + Domain.join one + Domain.join two
  done;
  if !n <> count / 2 * 3 then print_endline "a domain did not run"

let () =
  returns_memory "threads" (int_of_string Sys.argv.(1)) threads;
  returns_memory "domains" (int_of_string Sys.argv.(2)) domains
