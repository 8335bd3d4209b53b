(* SPDX-License-Identifier: ISC *)

type waiting = { lock : Mutex.t; changed : Condition.t }

let waiting () = { lock = Mutex.create (); changed = Condition.create () }
let locked waiting f = Mutex.protect waiting.lock f
let announce waiting = Condition.broadcast waiting.changed
let sleep waiting = Condition.wait waiting.changed waiting.lock

type streams = { input : bytes -> int -> int -> int; output : bytes -> int -> int -> unit; error : bytes -> int -> int -> unit }

(* What is in it begins at [first], and goes round the end. *)
type pipe = { ring : bytes; mutable first : int; mutable count : int; mutable readers : int; mutable writers : int }
type file = Closed | Input | Output | Error_output | Reader of pipe | Writer of pipe
type t = { waiting : waiting; streams : streams; table : file array }

let most = 256
let pipe_size = 65536

let create waiting streams =
  let table = Array.make most Closed in
  table.(0) <- Input;
  table.(1) <- Output;
  table.(2) <- Error_output;
  { waiting; streams; table }

let get t fd = if fd >= 0 && fd < most then t.table.(fd) else Closed
let is_open t fd = get t fd <> Closed
let is_pipe t fd = match get t fd with Reader _ | Writer _ -> true | _ -> false

(* One more, or one less, of those that have it open. *)
let count file by =
  match file with
  | Reader pipe -> pipe.readers <- pipe.readers + by
  | Writer pipe -> pipe.writers <- pipe.writers + by
  | _ -> ()

let copy t =
  locked t.waiting (fun () ->
      Array.iter (fun file -> count file 1) t.table;
      { t with table = Array.copy t.table })

let put t fd file =
  count t.table.(fd) (-1);
  t.table.(fd) <- file;
  count file 1

let close_all t =
  locked t.waiting (fun () ->
      for fd = 0 to most - 1 do
        put t fd Closed
      done;
      announce t.waiting)

let close t fd =
  if not (is_open t fd) then Calls.ebadf
  else
    locked t.waiting (fun () ->
        put t fd Closed;
        announce t.waiting;
        0)

let rec lowest_free t fd = if fd >= most then None else if t.table.(fd) = Closed then Some fd else lowest_free t (fd + 1)

let duplicate t fd ~lowest =
  if not (is_open t fd) then Calls.ebadf
  else if lowest < 0 || lowest >= most then Calls.einval
  else
    locked t.waiting (fun () ->
        match lowest_free t lowest with
        | None -> Calls.emfile
        | Some free ->
            put t free (get t fd);
            free)

let duplicate_to t fd other =
  if (not (is_open t fd)) || other < 0 || other >= most then Calls.ebadf
  else
    locked t.waiting (fun () ->
        put t other (get t fd);
        announce t.waiting;
        other)

let pipe t =
  locked t.waiting (fun () ->
      match lowest_free t 0 with
      | None -> Error Calls.emfile
      | Some reader -> (
          match lowest_free t (reader + 1) with
          | None -> Error Calls.emfile
          | Some writer ->
              let pipe = { ring = Bytes.create pipe_size; first = 0; count = 0; readers = 0; writers = 0 } in
              put t reader (Reader pipe);
              put t writer (Writer pipe);
              Ok (reader, writer)))

let take pipe bytes first wanted =
  let taken = min wanted pipe.count in
  let straight = min taken (pipe_size - pipe.first) in
  Bytes.blit pipe.ring pipe.first bytes first straight;
  Bytes.blit pipe.ring 0 bytes (first + straight) (taken - straight);
  pipe.first <- (pipe.first + taken) mod pipe_size;
  pipe.count <- pipe.count - taken;
  taken

let add pipe bytes first offered =
  let added = min offered (pipe_size - pipe.count) in
  let at = (pipe.first + pipe.count) mod pipe_size in
  let straight = min added (pipe_size - at) in
  Bytes.blit bytes first pipe.ring at straight;
  Bytes.blit bytes (first + straight) pipe.ring 0 (added - straight);
  pipe.count <- pipe.count + added;
  added

let rec read_pipe t pipe ~stop bytes first wanted =
  if pipe.count > 0 then (
    announce t.waiting;
    take pipe bytes first wanted)
  else if pipe.writers = 0 then 0
  else if stop () then Calls.eintr
  else (
    sleep t.waiting;
    read_pipe t pipe ~stop bytes first wanted)

let rec write_pipe t pipe ~stop bytes first offered written =
  if pipe.readers = 0 then Calls.epipe
  else if written = offered then written
  else if pipe.count < pipe_size then (
    announce t.waiting;
    let added = add pipe bytes (first + written) (offered - written) in
    write_pipe t pipe ~stop bytes first offered (written + added))
  else if stop () then Calls.eintr
  else (
    sleep t.waiting;
    write_pipe t pipe ~stop bytes first offered written)

let read t ~stop fd bytes first wanted =
  match get t fd with
  | Input -> t.streams.input bytes first wanted
  | Reader pipe -> if wanted = 0 then 0 else locked t.waiting (fun () -> read_pipe t pipe ~stop bytes first wanted)
  | _ -> Calls.ebadf

let write t ~stop fd bytes first offered =
  match get t fd with
  | Output ->
      t.streams.output bytes first offered;
      offered
  | Error_output ->
      t.streams.error bytes first offered;
      offered
  | Writer pipe -> locked t.waiting (fun () -> write_pipe t pipe ~stop bytes first offered 0)
  | _ -> Calls.ebadf
