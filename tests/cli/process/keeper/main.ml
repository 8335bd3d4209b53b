(* SPDX-License-Identifier: ISC
   A kernel that runs hostile processes and looks, after each, whether anything else was disturbed: the kernel itself, its memory, and a
   witness, which is a process beside them.

     main FILE classes NAME...                       each class of the program, which must exit with 0
     main FILE fuzz SEED ROUNDS CALLS SECONDS        rounds of random calls, until the seconds are over

   Ends with 0 if all was well. *)

open Scheme
open Process

external free_pages : unit -> int = "keeper_free_pages"

let ok what = function Ok value -> value | Error error -> failwith (what ^ ": " ^ Error.to_string error)
let failures = ref 0

let fails format =
  incr failures;
  Printf.printf (format ^^ "\n%!")

(* What is done now, and since when: a thread sees to it that nothing takes for ever. *)

let longest = 180.
let current = Atomic.make ("the start", 0.)
let begin_ what = Atomic.set current (what, Unix.gettimeofday ())

(* A round's first process may be stopped, by those it looks after too: then it is killed. *)
let patience = 30.
let to_kill : Tender.process option Atomic.t = Atomic.make None

(* The processes of what is done now. *)
let running : Tender.t option Atomic.t = Atomic.make None
let tell_whereabouts () = Option.iter (fun system -> print_string (Tender.whereabouts system)) (Atomic.get running)

(* Twice: what has moved between is not what hangs. *)
let tell_hang what =
  Printf.printf "hangs: %s\n%!" what;
  tell_whereabouts ();
  Thread.delay 2.;
  print_endline "two seconds later:";
  tell_whereabouts ();
  flush stdout

let watch () =
  while true do
    Thread.delay 1.;
    let what, since = Atomic.get current in
    if since > 0. && Unix.gettimeofday () -. since > patience then
      Option.iter (fun p -> Tender.kill p 9) (Atomic.exchange to_kill None);
    if since > 0. && Unix.gettimeofday () -. since > longest then (
      tell_hang what;
      Unix._exit 3)
  done

(* What a process has. *)

let program = "/hostile"

let make_namespace content =
  let namespace =
    List.fold_left
      (fun namespace (name, service) -> Namespace.add namespace name service)
      Namespace.empty
      [
        ("file", Scheme_tmpfs.service (Scheme_tmpfs.create ()));
        ("null", Scheme_standard.Null.null);
        ("zero", Scheme_standard.Null.zero);
        ("rand", Scheme_standard.Null.rand ());
        ("pipe", Scheme_standard.Pipe.scheme ());
      ]
  in
  List.iter (fun name -> ok name (Namespace.make_directory namespace name)) [ "/tmp"; "/dev" ];
  List.iter
    (fun name -> ok name (Namespace.symbolic_link namespace ~target:("/scheme/" ^ name) ("/dev/" ^ name)))
    [ "null"; "zero" ];
  ok program (Namespace.write_file namespace program content);
  namespace

let output () =
  let write loan =
    let text = Loan.use loan Slice.to_string in
    match Unix.write_substring Unix.stdout text 0 (String.length text) with
    | n -> Ok n
    | exception Unix.Unix_error _ -> Error Error.Broken_pipe
  in
  Open_file.of_handle (ok "stream" (Handle.make ~read:false (Scheme_standard.Tree.stream ~write ())))

let null namespace = Open_file.of_handle (ok "null" (Namespace.open_ namespace ~flags:{ Request.reading with write = true } "/scheme/null"))

let spawn system namespace files arguments =
  match Tender.spawn system ~files ~environment:(Array.to_list (Unix.environment ())) ~namespace program ~arguments:("hostile" :: arguments) with
  | Ok p -> p
  | Error reason -> failwith reason

let describe = function
  | Tender.Exited code -> Printf.sprintf "exits with %d" code
  | Killed signal -> Printf.sprintf "ends by signal %d" signal

(* The witness: it answers each byte by whether it is what it was. *)

type witness = { process : Tender.process; to_it : Pipe.t; from_it : Pipe.t; sleeper : Wait.sleeper; byte : bytes }

let pipe_of (file : Open_file.t) =
  match file.content with Own { kind = Pipe.Reader pipe | Pipe.Writer pipe; _ } -> pipe | _ -> assert false

let start_witness system content =
  let read, write = Pipe.make ~budget:Budget.unlimited ~flags:0 and read_back, write_back = Pipe.make ~budget:Budget.unlimited ~flags:0 in
  let process = spawn system (make_namespace content) [ (0, read); (1, write_back) ] [ "witness" ] in
  { process; to_it = pipe_of write; from_it = pipe_of read_back; sleeper = Wait.sleeper ~stop:(fun () -> false) (); byte = Bytes.create 1 }

let is_undisturbed w =
  Tender.status w.process = None
  && Pipe.write w.to_it w.sleeper ~nonblocking:false w.byte 0 1 = 1
  && Pipe.read w.from_it w.sleeper ~nonblocking:false w.byte 0 1 = 1
  && Bytes.get w.byte 0 = 'y'

(* The kernel itself: memory and floating-point registers of another thread are what they were. *)

let pattern = Bytes.init 500_000 (fun i -> Char.chr (i * 7 land 255))
let digest = Digest.bytes pattern
let sum () = List.fold_left (fun sum i -> sum +. sqrt (float i)) 0. (List.init 1000 Fun.id)
let expected_sum = sum ()
let is_well () = Digest.bytes pattern = digest && sum () = expected_sum

let check_others witness what =
  if not (is_undisturbed witness) then fails "%s: the witness is disturbed" what;
  if not (is_well ()) then fails "%s: the kernel is disturbed" what

(* Pages that are free when nobody has any that is not needed: what is kept for the next process is given back. A thread that has ended may
   still have its stack for a moment. Then, how many more may be taken later: holes of the allocator's. *)

let free system =
  Tender.trim system;
  Thread.delay 0.3;
  Gc.compact ();
  Gc.compact ();
  free_pages ()

let tolerance = 64

(* Whether memory is lost each time that something is done, which tells how much was lost in its parts. What is lost once may be what is kept for more threads at once than there had
   ever been, and that depends on the host's load; what leaks is lost again. *)

let passes = 3

let is_lost ~before ~after =
  Printf.printf "memory: %d pages before, %d after\n%!" before after;
  before - after > tolerance

let loses_memory system pass =
  let rec go n before =
    let lost = pass () in
    let after = free system in
    is_lost ~before ~after
    && (
      List.iter (fun (name, pages) -> if pages > 0 then Printf.printf "  %s: %d\n%!" name pages) lost;
      n = passes || go (n + 1) after)
  in
  go 1 (free system)

(* What the program says by its status: one that was killed is not gone. *)
let hang = Tender.Exited 3

(* What the tender has said of a round's processes, the last first. Most of them are to end by a fault: it is told where one ended by
   something that it was not to. *)
let said : string list Atomic.t = Atomic.make []
let most_said = 40

let rec note text =
  let before = Atomic.get said in
  let now = List.filteri (fun i _ -> i < most_said) (text :: before) in
  if not (Atomic.compare_and_set said before now) then note text

let tell_said () = List.iter (Printf.printf "  %s\n%!") (List.rev (Atomic.get said))

(* All of a round's processes are gone before it returns. *)
let round ?(may_be_killed = false) content ~files arguments =
  let namespace = make_namespace content in
  Atomic.set said [];
  let system = Tender.create ~log:note () in
  Atomic.set running (Some system);
  let p = spawn system namespace (files namespace) arguments in
  if may_be_killed then Atomic.set to_kill (Some p);
  let status = Tender.wait p in
  Atomic.set to_kill None;
  if status = hang then tell_hang "one that is killed";
  Tender.close system;
  Atomic.set running None;
  (namespace, status)

let classes system content witness names =
  let files _ = [ (1, output ()); (2, output ()) ] in
  let once name =
    begin_ name;
    let since = Unix.gettimeofday () in
    let _, status = round content ~files [ name ] in
    if status <> Exited 0 then (
      fails "%s: %s" name (describe status);
      tell_said ());
    check_others witness name;
    if Sys.getenv_opt "TIMES" <> None then Printf.printf "%s took %.2f s\n%!" name (Unix.gettimeofday () -. since)
  in
  (* What is made with its first use stays: for as many threads at once as there are ever, above all. *)
  let has_many_threads name = String.ends_with ~suffix:"_races" name || String.starts_with ~prefix:"thread_" name in
  List.iteri (fun i name -> if i mod 8 = 0 || has_many_threads name then once name) names;
  let measured name =
    let before = free system in
    once name;
    (name, before - free system)
  in
  if loses_memory system (fun () -> List.map measured names) then fails "memory is lost"

(* How many calls there were, and how many were no errors; of a round that was ended by itself nobody knows. *)
let calls_made namespace ~most =
  match Namespace.read_file namespace "/calls" with
  | Ok text -> (
      match Scanf.sscanf_opt text "%d %d" (fun made succeeded -> (made, succeeded)) with
      | Some (made, succeeded) when succeeded >= 0 && made >= succeeded && made <= most -> (made, succeeded)
      | _ -> (0, 0))
  | Error _ -> (0, 0)

(* So many rounds go by before memory is looked at. *)
let first_rounds = 4

(* And after so many it is told, each time, since a leak shows in all of them; where there are so many, the first of them is what
   the last is compared with. *)
let told_rounds = 32

let fuzz system content witness ~seed ~rounds ~calls ~seconds =
  let until = Unix.gettimeofday () +. seconds in
  let made = ref 0 and succeeded = ref 0 in
  let files namespace = List.init 3 (fun fd -> (fd, null namespace)) in
  let one seed =
    let what = Printf.sprintf "seed %d" seed in
    begin_ what;
    Printf.printf "%s\n%!" what;
    let namespace, status = round ~may_be_killed:true content ~files [ "fuzz"; string_of_int seed; string_of_int calls ] in
    let more, good = calls_made namespace ~most:(100 * calls) in
    made := !made + more;
    succeeded := !succeeded + good;
    (match status with
    | Exited 0 | Killed _ -> ()
    | status when status = hang -> fails "%s: one that is killed does not end" what
    | status ->
        fails "%s: %s" what (describe status);
        tell_said ());
    check_others witness what
  in
  let rec go n before =
    if n < rounds && (n <= first_rounds || Unix.gettimeofday () < until) && !failures = 0 then (
      one (seed + n);
      let looks = n = first_rounds || (n + 1) mod told_rounds = 0 in
      let now = if looks then free system else 0 in
      if looks then Printf.printf "memory: %d pages after %d rounds\n%!" now (n + 1);
      go (n + 1) (if n = first_rounds || n + 1 = told_rounds then now else before))
    else (n, before)
  in
  let done_, before = go 0 0 in
  let after = free system in
  Printf.printf "%d rounds, %d calls, %d of them no errors\n%!" done_ !made !succeeded;
  let again () =
    for n = 0 to min done_ told_rounds - 1 do
      if !failures = 0 then one (seed + n)
    done;
    []
  in
  if is_lost ~before ~after && loses_memory system again then fails "memory is lost"

let run name arguments =
  let content = In_channel.with_open_bin name In_channel.input_all in
  ignore (Thread.create watch ());
  let system = Tender.create () in
  let witness = start_witness system content in
  check_others witness "nothing yet";
  let work () =
    match arguments with
    | "classes" :: names -> classes system content witness names
    | [ "fuzz"; seed; rounds; calls; seconds ] ->
        fuzz system content witness ~seed:(int_of_string seed) ~rounds:(int_of_string rounds) ~calls:(int_of_string calls)
          ~seconds:(float_of_string seconds)
    | _ -> failwith "usage: main FILE classes NAME... | fuzz SEED ROUNDS CALLS SECONDS"
  in
  work ();
  (* It would be a collector's gift at the end of the measurement. *)
  ignore (Sys.opaque_identity content);
  begin_ "the end";
  Tender.kill witness.process 9;
  Tender.close system

let () =
  match List.tl (Array.to_list Sys.argv) with
  | name :: arguments ->
      Picos_mux_thread.run (fun () -> run name arguments);
      exit (if !failures = 0 then 0 else 1)
  | [] -> exit 2
