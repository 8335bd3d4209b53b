(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type item = {
  fd : int;
  file : Open_file.t;
  mutable events : int;
  mutable data : int64;
  mutable seen : int;
}

type t = { lock : Mutex.t; mutable items : item list; changed : Wait.queue }
type Open_file.kind += Set of t

let edge = 1 lsl 31
let once = 1 lsl 30
let event_bits = 0xffff
let mode = 0o600

(* One whose file has been closed everywhere is none any more. *)
let is_alive item = Atomic.get item.file.references > 0

let items t =
  Mutex.protect t.lock (fun () ->
      t.items <- List.filter is_alive t.items;
      t.items)

let find t fd file = List.find_opt (fun item -> item.fd = fd && item.file == file) t.items

let can_be_waited_for (file : Open_file.t) =
  match file.content with
  | Own { kind = Set _; _ } -> Error Errno.einval
  | Own _ -> Ok ()
  | Of_scheme of_scheme -> if Open_file.is_stream of_scheme then Ok () else Error Errno.eperm

let changing t f =
  let answer = Mutex.protect t.lock f in
  if answer = 0 then Wait.wake t.changed;
  answer

let add t fd file ~events ~data =
  changing t (fun () ->
      t.items <- List.filter is_alive t.items;
      if Option.is_some (find t fd file) then Errno.eexist
      else (
        t.items <- t.items @ [ { fd; file; events; data; seen = -1 } ];
        0))

let modify t fd file ~events ~data =
  changing t (fun () ->
      match find t fd file with
      | None -> Errno.enoent
      | Some item ->
          item.events <- events;
          item.data <- data;
          item.seen <- -1;
          0)

let remove t fd file =
  changing t (fun () ->
      match find t fd file with
      | None -> Errno.enoent
      | Some item ->
          t.items <- List.filter (fun other -> other != item) t.items;
          0)

(* How often the file has changed: what an edge is. *)
let changes (item : item) =
  match item.file.content with
  | Own operations -> List.fold_left (fun sum queue -> sum + Wait.wakes queue) 0 (operations.changed ())
  | Of_scheme _ -> 0

let is_armed item = item.events land event_bits <> 0
let is_edge item = item.events land edge <> 0 && match item.file.content with Own _ -> true | Of_scheme _ -> false
let is_news item = (not (is_edge item)) || changes item <> item.seen

let report item bits =
  if is_edge item then item.seen <- changes item;
  if item.events land once <> 0 then item.events <- item.events land lnot event_bits;
  (bits land event_bits, item.data)

let ready t () =
  let is_ready item =
    is_armed item
    && match item.file.content with Own operations -> operations.ready () land (item.events lor 24) <> 0 | _ -> false
  in
  if List.exists is_ready (items t) then Open_file.poll_in else 0

(* Those that are ready, at most so many; others come first the next time. *)
let take t entries most =
  let found = List.filter (fun ((item : item), (entry : Poll.entry)) -> entry.found <> 0 && is_armed item && is_news item) entries in
  let taken = List.filteri (fun i _ -> i < most) found in
  Mutex.protect t.lock (fun () ->
      let is_taken item = List.exists (fun (other, _) -> other == item) taken in
      let reports = List.map (fun ((item : item), (entry : Poll.entry)) -> report item entry.found) taken in
      if List.compare_length_with found most > 0 then
        t.items <- List.filter (fun item -> not (is_taken item)) t.items @ List.map fst taken;
      reports)

let rec wait t sleeper ~deadline most =
  let before = Wait.wakes t.changed in
  let watched = List.filter is_armed (items t) in
  let entry item = (item, Poll.entry ~due:(fun () -> is_news item) item.file (item.events land event_bits)) in
  let entries = List.map entry watched in
  let until () = Wait.wakes t.changed <> before in
  let outcome = Poll.wait sleeper ~also:[ t.changed ] ~until ~deadline (List.map snd entries) in
  match take t entries most with
  | [] -> ( match outcome with Ready -> wait t sleeper ~deadline most | Stopped -> Error Errno.eintr | Late -> Ok [])
  | reports -> Ok reports

let not_at_all _ ~nonblocking:_ _ _ _ = Errno.einval

let make () =
  let t = { lock = Mutex.create (); items = []; changed = Wait.queue () } in
  Open_file.make
    (Own
       {
         kind = Set t;
         mode;
         read = not_at_all;
         write = not_at_all;
         ready = ready t;
         changed = (fun () -> t.changed :: List.concat_map (fun item -> Poll.queues_of item.file) (items t));
         close = (fun () -> Mutex.protect t.lock (fun () -> t.items <- []));
       })
