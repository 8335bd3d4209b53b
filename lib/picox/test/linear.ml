(* SPDX-License-Identifier: ISC *)

type ('object_, 'state) operation = {
  name : string;
  real : 'object_ -> string;
  model : 'state -> 'state * string;
}

(* What happened to one: when it began and ended, and its answer. *)
type ('o, 's) event = { operation : ('o, 's) operation; mutable began : int; mutable ended : int; mutable answer : string }

(* Whether the events that are left fit the model: each first one that began before all others had ended is tried. *)
let rec fits state left =
  left = []
  || List.exists
       (fun event ->
         List.for_all (fun other -> other == event || other.ended > event.began) left
         &&
         let state, answer = event.operation.model state in
         answer = event.answer && fits state (List.filter (( != ) event) left))
       left

let describe threads =
  let one event = Printf.sprintf "%s = %s [%d-%d]" event.operation.name event.answer event.began event.ended in
  String.concat " || " (List.map (fun events -> String.concat "; " (List.map one events)) threads)

let check ?(preemptions = 3) ~programs ~make ~initial operations =
  let random = Random.State.make [| 11 |] in
  for _ = 1 to programs do
    let pick some = List.nth some (Random.State.int random (List.length some)) in
    let program = List.map (fun some -> List.init (1 + Random.State.int random 2) (fun _ -> pick some)) operations in
    let setup () =
      let object_ = make () and clock = ref 0 in
      let tick () =
        incr clock;
        !clock
      in
      let start operation = { operation; began = max_int; ended = max_int; answer = "" } in
      let threads = List.map (List.map start) program in
      let perform event =
        event.began <- tick ();
        event.answer <- event.operation.real object_;
        event.ended <- tick ()
      in
      ( List.map (fun events () -> List.iter perform events) threads,
        fun () -> if not (fits initial (List.concat threads)) then failwith ("no order fits: " ^ describe threads) )
    in
    ignore (Interleave.all ~preemptions setup)
  done
