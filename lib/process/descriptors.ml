(* SPDX-License-Identifier: ISC *)

open Scheme
module Mutex = Picox_lock

type t = {
  lock : Mutex.t;
  budget : Budget.t;
  mutable files : Open_file.t option array;
  mutable closing : bool array;  (* on exec; as long *)
  mutable count : int;
  mutable limit : int;  (* the first number that none has *)
}

let most = 1024
let first_size = 16

let create ~budget () =
  { lock = Mutex.create (); budget; files = Array.make first_size None; closing = Array.make first_size false; count = 0; limit = most }

(* The table only grows, so who looks without the lock finds what was there at some moment. *)
let find t fd =
  let files = t.files in
  if fd >= 0 && fd < Array.length files then Array.unsafe_get files fd else None

let is_open t fd = Option.is_some (find t fd)

(* The following under the lock. *)

let grow t fd =
  let size = Array.length t.files in
  if fd >= size then (
    let larger = min most (max (2 * size) (fd + 1)) in
    let extend array filler = Array.init larger (fun i -> if i < size then array.(i) else filler) in
    t.closing <- extend t.closing false;
    t.files <- extend t.files None)

let set t fd file ~close_on_exec =
  grow t fd;
  if not (is_open t fd) then t.count <- t.count + 1;
  t.files.(fd) <- Some file;
  t.closing.(fd) <- close_on_exec

let take t fd =
  let file = find t fd in
  if Option.is_some file then (
    t.files.(fd) <- None;
    t.count <- t.count - 1;
    Budget.give_back t.budget 1);
  file

let rec lowest_free t fd = if is_open t fd then lowest_free t (fd + 1) else fd

(* Those that release what was there, do so without it. *)

let add t ?(lowest = 0) ~close_on_exec file =
  let fd =
    Mutex.protect t.lock (fun () ->
        let fd = lowest_free t lowest in
        if fd >= t.limit then Errno.emfile
        else if not (Budget.take t.budget 1) then Errno.enfile
        else (
          set t fd file ~close_on_exec;
          fd))
  in
  if fd < 0 then Open_file.release file;
  fd

let put t fd ~close_on_exec file =
  let released, answer =
    Mutex.protect t.lock (fun () ->
        let before = find t fd in
        if Option.is_none before && not (Budget.take t.budget 1) then (Some file, Errno.enfile)
        else (
          set t fd file ~close_on_exec;
          (before, 0)))
  in
  Option.iter Open_file.release released;
  answer

let close t fd =
  match Mutex.protect t.lock (fun () -> take t fd) with
  | None -> Errno.ebadf
  | Some file ->
      Open_file.release file;
      0

let add_two t ~close_on_exec first second =
  let first_fd = add t ~close_on_exec first in
  if first_fd < 0 then (
    Open_file.release second;
    Error first_fd)
  else
    let second_fd = add t ~close_on_exec second in
    if second_fd < 0 then (
      ignore (close t first_fd);
      Error second_fd)
    else Ok (first_fd, second_fd)

(* A reference of one's own, which nobody's [close] takes away. *)
let share t fd = Mutex.protect t.lock (fun () -> Option.map Open_file.share (find t fd))

let duplicate t fd ~lowest ~close_on_exec =
  if not (is_open t fd) then Errno.ebadf
  else if lowest < 0 || lowest >= t.limit then Errno.einval
  else match share t fd with None -> Errno.ebadf | Some file -> add t ~lowest ~close_on_exec file

let duplicate_to t fd into ~close_on_exec =
  if into < 0 || into >= t.limit || not (is_open t fd) then Errno.ebadf
  else if fd = into then into
  else
    match share t fd with
    | None -> Errno.ebadf
    | Some file ->
        let answer = put t into ~close_on_exec file in
        if answer < 0 then answer else into

let closes_on_exec t fd = is_open t fd && t.closing.(fd)
let set_close_on_exec t fd value = Mutex.protect t.lock (fun () -> if is_open t fd then t.closing.(fd) <- value)

let copy t =
  Mutex.protect t.lock (fun () ->
      if not (Budget.take t.budget t.count) then None
      else
        let files = Array.map (Option.map Open_file.share) t.files in
        Some { t with lock = Mutex.create (); files; closing = Array.copy t.closing })

let count t = t.count
let limit t = t.limit
let set_limit t limit = t.limit <- min most limit
let numbers t = List.filter (is_open t) (List.init (Array.length t.files) Fun.id)

let close_those t chosen =
  let close fd = if chosen fd then Option.iter Open_file.release (Mutex.protect t.lock (fun () -> take t fd)) in
  for fd = 0 to Array.length t.files - 1 do
    close fd
  done

let close_range t first last = close_those t (fun fd -> fd >= first && fd <= last)
let execute t = close_those t (fun fd -> t.closing.(fd))
let close_all t = close_those t (fun _ -> true)
