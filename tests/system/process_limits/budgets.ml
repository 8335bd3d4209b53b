(* SPDX-License-Identifier: ISC *)

(* Hogs stay within their budget, and end, while a fiber of the class of drivers and another process go on. *)

open Process
open Harness

let mib = 1 lsl 20
let memory = 6 * mib
let tasks = 12
let handles = 40
let most_handles = 1000
let limits = Limits.make ~memory ~tasks ~handles ()

type world = { system : Tender.t; namespace : Scheme.Namespace.t; ticks : int Atomic.t; bytes : int Atomic.t }

let spawn world ?(limits = limits) ?files arguments =
  match Tender.spawn world.system ~limits ?files ~namespace:world.namespace "/program" ~arguments:("program" :: arguments) with
  | Ok p -> p
  | Error reason -> failwith reason

let text = function Tender.Exited n -> Printf.sprintf "exits with %d" n | Killed n -> Printf.sprintf "is killed by %d" n

(* Both have moved, a few times at least: a hang detector is behind it. *)
let goes_on world =
  let ticks = Atomic.get world.ticks and bytes = Atomic.get world.bytes in
  await (fun () -> Atomic.get world.ticks > ticks + 3 && Atomic.get world.bytes > bytes + 3)

let is_within p =
  let { Tender.used_memory; used_tasks; used_handles } = Tender.used_by_tree p in
  used_memory <= memory && used_tasks <= tasks && used_handles <= most_handles

let nothing_is_used p =
  let { Tender.used_memory; used_tasks; used_handles } = Tender.used_by_tree p in
  used_memory = 0 && used_tasks = 0 && used_handles = 0

let hog world ?limits what arguments expected =
  let output, _ = counting () in
  let p = spawn world ?limits ~files:[ (1, output) ] arguments in
  let status = Tender.wait p in
  let within = is_within p in
  Tender.end_tree p;
  Tender.wait_for_tree p;
  if status <> expected then Printf.printf "%s %s\n" what (text status);
  check what (status = expected && within);
  if not (nothing_is_used p) then
    let { Tender.used_memory; used_tasks; used_handles } = Tender.used_by_tree p in
    Printf.printf "%s leaves %d bytes, %d tasks, %d handles\n" what used_memory used_tasks used_handles

(* One that does not end: it stays so for a while, at its limit. *)
let bomb world what arguments =
  let p = spawn world arguments in
  await (fun () -> (Tender.used_by_tree p).used_tasks = tasks);
  goes_on world;
  goes_on world;
  check what (is_within p);
  let (), seconds =
    elapsed (fun () ->
        Tender.end_tree p;
        Tender.wait_for_tree p)
  in
  check "and is gone within a second" (seconds < 1. && nothing_is_used p)

let enomem = 12
let eagain = 11
let enfile = 23

let all_hogs world =
  hog world "the break" [ "b" ] (Exited enomem);
  hog world "mappings" [ "a" ] (Exited enomem);
  hog world "mappings in common" [ "h" ] (Exited enomem);
  hog world "more than there is" [ "t"; string_of_int (4 * mib) ] (Killed 9);
  hog world "the stack" [ "s"; string_of_int (15 * mib / 2) ] (Killed 9);
  hog world "ranges" [ "n" ] (Exited enomem);
  hog world "full pipes" ~limits:(Limits.make ~memory ~handles:most_handles ()) [ "i" ] (Exited enfile);
  hog world "descriptors" [ "d" ] (Exited enfile);
  hog world "files" [ "o"; "/program" ] (Exited enfile);
  hog world "children that nobody waits for" [ "z" ] (Exited eagain);
  hog world "threads" [ "T" ] (Exited eagain);
  hog world "copies of a child" [ "c"; string_of_int (mib * 3 / 2) ] (Exited enomem)

(* Until it has used a fifth of a second by its own clock: no more than a fifth of the time, what its bucket has at the start, and two slices
   a CPU. Where the host stops the machine in a slice, that counts as used, and is only paid back later: then another one is looked at. *)
let has_a_fifth world what arguments =
  let cpus = Domain.recommended_domain_count () in
  let fifth = 200_000_000 and bucket = 20_000_000 and slices = 2 * 4_000_000 * cpus in
  let rec first_within ~until =
    let began = Vcpu.now () in
    let p = spawn world ~limits:(Limits.make ~cpu:0.2 ~tasks ()) arguments in
    (* With what it has forked. *)
    let used () =
      let counts s = s.Tender.number = Tender.pid p || s.parent = Tender.pid p in
      List.fold_left (fun sum s -> if counts s then sum + s.Tender.cpu_ns else sum) 0 (Tender.statistics world.system)
    in
    let had = ref 0 in
    await ~left:60_000 (fun () ->
        had := used ();
        !had >= fifth);
    let elapsed = Vcpu.now () - began in
    let is_within = !had <= (elapsed / 5) + bucket + slices in
    if is_within || Vcpu.now () > until then (
      if not is_within then Printf.printf "%d ms of %d\n" (!had / 1_000_000) (elapsed / 1_000_000);
      check what is_within;
      p)
    else (
      Tender.end_tree p;
      Tender.wait_for_tree p;
      first_within ~until)
  in
  first_within ~until:(Vcpu.now () + 60_000_000_000)

let share world =
  let limited = has_a_fifth world "a fifth of a CPU" [ "e" ] in
  (* More than there are CPUs: who yields waits for his turn, and then for his share. *)
  let yielding = has_a_fifth world "a fifth of a CPU for those who yield" [ "Y"; "6" ] in
  Tender.end_tree yielding;
  Tender.wait_for_tree yielding;
  (* Forking does not help. *)
  let many = spawn world ~limits:(Limits.make ~cpu:0.2 ~tasks ()) [ "f" ] in
  goes_on world;
  Tender.kill limited 9;
  Tender.end_tree many;
  Tender.wait_for_tree many;
  check "what waits for its share is killed at once" (snd (elapsed (fun () -> Tender.wait limited)) < 1.)

let statistics world =
  check "processor time" (Tender.wait (spawn world ~limits:Limits.none [ "E"; "30000000" ]) = Exited 0);
  let limit resource value = Tender.wait (spawn world [ "l"; string_of_int resource; string_of_int value ]) = Exited 0 in
  check "limits are told" (limit 5 memory && limit 6 tasks && limit 7 handles);
  (* The tree's are below what the process could set. *)
  let ended = Tender.wait (spawn world ~limits:(Limits.make ~memory ()) [ "L"; "/program" ]) in
  if ended <> Exited 0 then print_endline (text ended);
  check "limits that are set" (ended = Exited 0);
  let touches size touched = Tender.wait (spawn world ~limits:Limits.none [ "S"; string_of_int size; string_of_int touched; "/program" ]) in
  check "a small stack" (touches (512 * 1024) (1 lsl 20) = Killed 11);
  check "a large one" (touches (20 * mib) (16 * mib) = Exited 0);
  let p = spawn world [ "w" ] in
  let find () = List.find_opt (fun s -> s.Tender.number = Tender.pid p) (Tender.statistics world.system) in
  await (fun () -> match find () with Some s -> s.memory > 0 && s.cpu_ns > 0 | None -> false);
  (match find () with
  | Some s -> check "statistics" (s.threads = 1 && s.program = "/program" && s.memory < mib && s.limits = { limits with cpu = infinity } && s.parent = 0)
  | None -> check "statistics" false);
  Tender.kill p 9;
  ignore (Tender.wait p);
  check "of those that run" (find () = None)

let refusals world =
  let refused limits files =
    match Tender.spawn world.system ~limits ~files ~namespace:world.namespace "/program" ~arguments:[ "program"; "w" ] with
    | Ok _ -> false
    | Error _ -> true
  in
  let output, _ = counting () in
  check "no room to begin" (refused (Limits.make ~memory:4096 ()) []);
  check "no room for its files" (refused (Limits.make ~handles:1 ()) [ (1, output); (2, Open_file.share output) ]);
  check "a limit that is none" (match Limits.make ~tasks:0 () with _ -> false | exception Invalid_argument _ -> true)

let around namespace =
  let system = Tender.create ~log:ignore ~limits:(Limits.make ~tasks:2 ()) () in
  let spawn () = Tender.spawn system ~limits:(Limits.make ~tasks:5 ()) ~namespace "/program" ~arguments:[ "program"; "w" ] in
  check "the system's limits are around all" (Result.is_ok (spawn ()) && Result.is_ok (spawn ()) && Result.is_error (spawn ()));
  Tender.close system

let run namespace ~ticks =
  let told = Atomic.make 0 in
  let system = Tender.create ~log:(fun _ -> Atomic.incr told) () in
  let output, bytes = counting () in
  let world = { system; namespace; ticks; bytes } in
  let other = spawn world ~files:[ (1, output) ] [ "k" ] in
  goes_on world;
  gives_memory_back "hogs" (fun () -> all_hogs world);
  check "those that are killed are told of" (Atomic.get told >= 4);
  gives_memory_back "a bomb of forks" (fun () -> bomb world "forks for ever" [ "f" ]);
  share world;
  statistics world;
  refusals world;
  around namespace;
  goes_on world;
  Tender.kill other 9;
  check "the other goes on to its end" (Tender.wait other = Killed 9);
  let { Tender.used_memory; used_tasks; used_handles } = Tender.used system in
  check "nothing is left" (used_memory = 0 && used_tasks = 0 && used_handles = 0);
  Tender.close system
