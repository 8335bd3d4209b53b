(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

(* Those of any type call a function to compare. *)
let min = Int.min

let capacity = 65536
let atomic = 4096

(* What is in it begins at [first], and goes round the end. The memory comes with the first byte. *)
type t = {
  budget : Scheme.Budget.t;
  lock : Mutex.t;
  mutable ring : bytes;
  mutable first : int;
  mutable count : int;
  mutable has_reader : bool;
  mutable has_writer : bool;
  changed : Wait.queue;
}

let pages = capacity / Space.page_size

let create ~budget =
  if not (Scheme.Budget.take budget pages) then raise Out_of_memory;
  {
    budget;
    lock = Mutex.create ();
    ring = Bytes.empty;
    first = 0;
    count = 0;
    has_reader = true;
    has_writer = true;
    changed = Wait.queue ();
  }

let take t bytes first wanted =
  let taken = min wanted t.count in
  let straight = min taken (capacity - t.first) in
  Bytes.blit t.ring t.first bytes first straight;
  Bytes.blit t.ring 0 bytes (first + straight) (taken - straight);
  t.first <- (if taken = t.count then 0 else (t.first + taken) mod capacity);
  t.count <- t.count - taken;
  taken

let add t bytes first offered =
  if t.ring == Bytes.empty then t.ring <- Bytes.create capacity;
  let added = min offered (capacity - t.count) in
  let at = (t.first + t.count) mod capacity in
  let straight = min added (capacity - at) in
  Bytes.blit bytes first t.ring at straight;
  Bytes.blit bytes (first + straight) t.ring 0 (added - straight);
  t.count <- t.count + added;
  added

(* Each attempt is a result, or [again]. *)
let again = min_int

let try_read t bytes first wanted =
  let answer =
    Mutex.protect t.lock (fun () ->
        if t.count > 0 then take t bytes first wanted else if t.has_writer then again else 0)
  in
  if answer > 0 then Wait.wake t.changed;
  answer

(* What is small is written as a whole. *)
let try_write t bytes first offered =
  let answer =
    Mutex.protect t.lock (fun () ->
        let room = capacity - t.count in
        if not t.has_reader then Errno.epipe
        else if room = 0 || (offered <= atomic && room < offered) then again
        else add t bytes first offered)
  in
  if answer > 0 then Wait.wake t.changed;
  answer

let repeat t sleeper ~nonblocking attempt = Wait.repeat sleeper ~nonblocking ~again t.changed attempt

let read t sleeper ~nonblocking bytes first wanted =
  if wanted = 0 then 0 else repeat t sleeper ~nonblocking (fun () -> try_read t bytes first wanted)

let rec write_from t sleeper ~nonblocking bytes first offered written =
  if written = offered then written
  else
    let answer =
      repeat t sleeper ~nonblocking (fun () -> try_write t bytes (first + written) (offered - written))
    in
    if answer < 0 then if written > 0 then written else answer
    else write_from t sleeper ~nonblocking bytes first offered (written + answer)

let write t sleeper ~nonblocking bytes first offered = write_from t sleeper ~nonblocking bytes first offered 0

let reader_ready t =
  Mutex.protect t.lock (fun () ->
      (if t.count > 0 then Open_file.poll_in else 0) lor if t.has_writer then 0 else Open_file.poll_hang_up)

let writer_ready t =
  Mutex.protect t.lock (fun () ->
      (if capacity - t.count >= atomic then Open_file.poll_out else 0)
      lor if t.has_reader then 0 else Open_file.poll_error)

(* Each end may be closed twice: a socket's are shut down before. *)
let close_end t is_open close =
  Mutex.protect t.lock (fun () ->
      if is_open () then (
        close ();
        if not (t.has_reader || t.has_writer) then (
          t.ring <- Bytes.empty;
          t.count <- 0;
          Scheme.Budget.give_back t.budget pages)));
  Wait.wake t.changed

let close_reader t = close_end t (fun () -> t.has_reader) (fun () -> t.has_reader <- false)
let close_writer t = close_end t (fun () -> t.has_writer) (fun () -> t.has_writer <- false)

let changed t = t.changed
let waiting t = Mutex.protect t.lock (fun () -> t.count)

type Open_file.kind += Reader of t | Writer of t

let fifo_mode = 0o10600
let not_this_way _ ~nonblocking:_ _ _ _ = Errno.ebadf

let make ~budget ~flags =
  let t = create ~budget in
  let reader : Open_file.operations =
    {
      kind = Reader t;
      mode = fifo_mode;
      read = read t;
      write = not_this_way;
      ready = (fun () -> reader_ready t);
      changed = (fun () -> [ t.changed ]);
      close = (fun () -> close_reader t);
    }
  in
  let writer : Open_file.operations =
    {
      kind = Writer t;
      mode = fifo_mode;
      read = not_this_way;
      write = write t;
      ready = (fun () -> writer_ready t);
      changed = (fun () -> [ t.changed ]);
      close = (fun () -> close_writer t);
    }
  in
  (Open_file.make ~can_write:false ~flags (Own reader), Open_file.make ~can_read:false ~flags (Own writer))
