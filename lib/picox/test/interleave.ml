(* SPDX-License-Identifier: ISC *)

type _ Effect.t += Step : unit Effect.t

(* Outside of the threads, in setup and check, operations are no steps. *)
let traced = ref false
let step () = if !traced then Effect.perform Step

module Atomic = struct
  include Atomic

  let get t =
    step ();
    get t

  let set t v =
    step ();
    set t v

  let exchange t v =
    step ();
    exchange t v

  let compare_and_set t before after =
    step ();
    compare_and_set t before after

  let fetch_and_add t n =
    step ();
    fetch_and_add t n

  let incr t = ignore (fetch_and_add t 1)
  let decr t = ignore (fetch_and_add t (-1))
end

type thread = Ended | At of (unit, thread) Effect.Deep.continuation

let start body =
  let open Effect.Deep in
  let effc : type a. a Effect.t -> ((a, thread) continuation -> thread) option = function
    | Step -> Some (fun k -> At k)
    | _ -> None
  in
  match_with
    (fun () ->
      body ();
      Ended)
    () { retc = Fun.id; exnc = raise; effc }

(* Runs one schedule: at each turn the choice is an index into the threads that have not ended, the one that ran last
   first, from [prefix] while that lasts and 0 after. All choices made, newest first, each with the number of threads
   that there were to choose from. *)
let run_schedule setup ~preemptions prefix =
  let bodies, check = setup () in
  traced := true;
  let made = ref [] in
  let rec turn prefix preempted last threads =
    match List.filter (fun thread -> !thread <> Ended) threads with
    | [] -> ()
    | ready ->
        let goes_on = List.memq last ready in
        let ready = if goes_on then last :: List.filter (( != ) last) ready else ready in
        let ways = if goes_on && preempted = preemptions then 1 else List.length ready in
        let choice, prefix = match prefix with choice :: rest -> (choice, rest) | [] -> (0, []) in
        made := (choice, ways) :: !made;
        let thread = List.nth ready choice in
        (match !thread with At k -> thread := Effect.Deep.continue k () | Ended -> ());
        turn prefix (if goes_on && choice > 0 then preempted + 1 else preempted) thread threads
  in
  let finish () = traced := false in
  (try
     turn prefix 0 (ref Ended) (List.map (fun body -> ref (start body)) bodies);
     finish ();
     check ()
   with exn ->
     let bt = Printexc.get_raw_backtrace () in
     finish ();
     let text = String.concat " " (List.rev_map (fun (choice, _) -> string_of_int choice) !made) in
     Printf.printf "schedule: %s\n" text;
     Printexc.raise_with_backtrace exn bt);
  !made

(* The next schedule in the order of depth first: the last choice that has an alternative takes it. *)
let rec next = function
  | [] -> None
  | (choice, ways) :: earlier ->
      if choice + 1 < ways then Some (List.rev_map fst ((choice + 1, ways) :: earlier)) else next earlier

let all ?(preemptions = max_int) setup =
  let rec from prefix count =
    match next (run_schedule setup ~preemptions prefix) with None -> count | Some prefix -> from prefix (count + 1)
  in
  from [] 1
