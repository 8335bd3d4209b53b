(* SPDX-License-Identifier: ISC *)

type _ Effect.t +=
  | Step : unit Effect.t
  | Block : (unit -> bool) -> unit Effect.t
  | Delay : unit Effect.t
  | Fork : (unit -> unit) -> unit Effect.t

exception Deadlock

type setup = unit -> (unit -> unit) list * (unit -> unit)

(* Outside of the threads, in setup and check, operations are no steps. *)
let traced = ref false
let quiet = ref false
let step () = if !traced then Effect.perform Step
let block_until holds = if !traced then Effect.perform (Block holds) else if not (holds ()) then raise Deadlock
let delay () = if !traced then Effect.perform Delay
let fork body = if !traced then Effect.perform (Fork body) else body ()

let untraced body =
  let before = !traced in
  traced := false;
  Fun.protect body ~finally:(fun () -> traced := before)

type state =
  | Ended
  | At of { ready : unit -> bool; patient : bool; k : (unit, state) Effect.Deep.continuation }

type thread = state ref

let always () = true

(* [added] gets the threads that it forks. *)
let rec start added body =
  let open Effect.Deep in
  let effc : type a. a Effect.t -> ((a, state) continuation -> state) option = function
    | Step -> Some (fun k -> At { ready = always; patient = false; k })
    | Block ready -> Some (fun k -> At { ready; patient = false; k })
    | Delay -> Some (fun k -> At { ready = always; patient = true; k })
    | Fork body ->
        Some
          (fun k ->
            added := ref (start added body) :: !added;
            continue k ())
    | _ -> None
  in
  match_with
    (fun () ->
      body ();
      Ended)
    () { retc = Fun.id; exnc = raise; effc }

let can_go_on ~patient thread = match !thread with Ended -> false | At a -> a.patient = patient && a.ready ()

(* Those that can go on; those that are patient, where no other can. *)
let ready threads =
  match List.filter (can_go_on ~patient:false) threads with
  | [] -> List.filter (can_go_on ~patient:true) threads
  | some -> some

(* Runs one schedule: at each turn [choose] is asked for an index into the threads that can go on, the one that ran last
   first. All choices made, newest first, each with the number of threads that there were to choose from. *)
let run_schedule setup ~preemptions choose =
  let bodies, check = setup () in
  traced := true;
  let made = ref [] and added = ref [] in
  let rec turn preempted last threads =
    let threads = threads @ List.rev !added in
    added := [];
    match ready threads with
    | [] -> if List.exists (fun thread -> !thread <> Ended) threads then raise Deadlock
    | ready ->
        let goes_on = List.memq last ready in
        let ready = if goes_on then last :: List.filter (( != ) last) ready else ready in
        let ways = if goes_on && preempted = preemptions then 1 else List.length ready in
        let choice = if ways = 1 then 0 else choose ways in
        if ways > 1 then made := (choice, ways) :: !made;
        let thread : thread = List.nth ready choice in
        (match !thread with At { k; _ } -> thread := Effect.Deep.continue k () | Ended -> ());
        turn (if goes_on && choice > 0 then preempted + 1 else preempted) thread threads
  in
  let finish () = traced := false in
  (try
     turn 0 (ref Ended) (List.map (fun body -> ref (start added body)) bodies);
     finish ();
     check ()
   with exn ->
     let bt = Printexc.get_raw_backtrace () in
     finish ();
     let text = String.concat " " (List.rev_map (fun (choice, _) -> string_of_int choice) !made) in
     if not !quiet then Printf.printf "schedule: %s\n" text;
     Printexc.raise_with_backtrace exn bt);
  !made

(* The next schedule in the order of depth first: the last choice that has an alternative takes it. *)
let rec next = function
  | [] -> None
  | (choice, ways) :: earlier ->
      if choice + 1 < ways then Some (List.rev_map fst ((choice + 1, ways) :: earlier)) else next earlier

let all ?(preemptions = max_int) setup =
  let rec from prefix count =
    let left = ref prefix in
    let choose _ =
      match !left with
      | [] -> 0
      | choice :: rest ->
          left := rest;
          choice
    in
    match next (run_schedule setup ~preemptions choose) with None -> count | Some prefix -> from prefix (count + 1)
  in
  from [] 1

let some ~seed n setup =
  let random = Random.State.make [| seed |] in
  for _ = 1 to n do
    ignore (run_schedule setup ~preemptions:max_int (Random.State.int random))
  done

let finds body =
  quiet := true;
  Fun.protect
    ~finally:(fun () -> quiet := false)
    (fun () -> match body () with () -> false | exception _ -> true)
