(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type owner = Open_file of int | Process of int
type file = { service : int; inode : int }
type range = { from : int; stop : int }
type lock = { owner : owner; range : range; exclusive : bool }
type t = { mutex : Mutex.t; locks : (file, lock list) Hashtbl.t; counts : (owner, int) Hashtbl.t; changed : Wait.queue }

let most_of_one = 1024
let create () = { mutex = Mutex.create (); locks = Hashtbl.create 16; counts = Hashtbl.create 16; changed = Wait.queue () }
let changed t = t.changed

(* The following under the mutex. *)

let of_file t file = Option.value (Hashtbl.find_opt t.locks file) ~default:[]
let count t owner = Option.value (Hashtbl.find_opt t.counts owner) ~default:0

let add_to_count t owner n =
  match count t owner + n with 0 -> Hashtbl.remove t.counts owner | sum -> Hashtbl.replace t.counts owner sum

let put t file locks = if locks = [] then Hashtbl.remove t.locks file else Hashtbl.replace t.locks file locks
let meet a b = a.from < b.stop && b.from < a.stop
let is_same_kind a b = match (a, b) with Open_file _, Open_file _ | Process _, Process _ -> true | _ -> false

let find_conflict t file lock =
  List.find_opt
    (fun other ->
      other.owner <> lock.owner
      && is_same_kind other.owner lock.owner
      && (other.exclusive || lock.exclusive)
      && meet other.range lock.range)
    (of_file t file)

(* What is left of a lock without the range. *)
let without range lock =
  if not (meet lock.range range) then [ lock ]
  else
    let part from stop = if from < stop then [ { lock with range = { from; stop } } ] else [] in
    part lock.range.from (min lock.range.stop range.from) @ part (max lock.range.from range.stop) lock.range.stop

let cut t file owner range =
  let mine, others = List.partition (fun lock -> lock.owner = owner) (of_file t file) in
  let left = List.concat_map (without range) mine in
  add_to_count t owner (List.length left - List.length mine);
  put t file (left @ others)

let any t owner = Mutex.protect t.mutex (fun () -> count t owner > 0)
let conflict t file lock = Mutex.protect t.mutex (fun () -> find_conflict t file lock)

let set t file lock =
  let answer =
    Mutex.protect t.mutex (fun () ->
        if Option.is_some (find_conflict t file lock) then Errno.eagain
        else if count t lock.owner >= most_of_one then Errno.enolck
        else (
          cut t file lock.owner lock.range;
          put t file (lock :: of_file t file);
          add_to_count t lock.owner 1;
          0))
  in
  (* An exclusive one may have become one that others can share. *)
  if answer = 0 && not lock.exclusive then Wait.wake t.changed;
  answer

let clear t file owner range =
  Mutex.protect t.mutex (fun () -> cut t file owner range);
  Wait.wake t.changed

let all = { from = 0; stop = max_int }
let clear_file t file owner = clear t file owner all

let clear_all t owner =
  if any t owner then (
    Mutex.protect t.mutex (fun () ->
        let files = Hashtbl.fold (fun file _ files -> file :: files) t.locks [] in
        List.iter (fun file -> cut t file owner all) files);
    Wait.wake t.changed)
