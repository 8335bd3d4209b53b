(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type t = { lock : Mutex.t; mutable count : int64; one_by_one : bool; changed : Wait.queue }

(* As an unsigned number; the highest of all is never there. *)
let highest = -2L
let word = 8
let again = min_int
let mode = 0o600

let take t bytes first =
  Mutex.protect t.lock (fun () ->
      if t.count = 0L then again
      else
        let taken = if t.one_by_one then 1L else t.count in
        t.count <- Int64.sub t.count taken;
        Bytes.set_int64_le bytes first taken;
        word)

let add t more =
  Mutex.protect t.lock (fun () ->
      if Int64.unsigned_compare more (Int64.sub highest t.count) > 0 then again
      else (
        t.count <- Int64.add t.count more;
        word))

let repeat t sleeper ~nonblocking attempt =
  let answer = Wait.repeat sleeper ~nonblocking ~again t.changed attempt in
  if answer > 0 then Wait.wake t.changed;
  answer

let read t sleeper ~nonblocking bytes first count =
  if count < word then Errno.einval else repeat t sleeper ~nonblocking (fun () -> take t bytes first)

let write t sleeper ~nonblocking bytes first count =
  if count < word then Errno.einval
  else
    let more = Bytes.get_int64_le bytes first in
    if more = -1L then Errno.einval else repeat t sleeper ~nonblocking (fun () -> add t more)

let ready t () =
  Mutex.protect t.lock (fun () ->
      (if t.count <> 0L then Open_file.poll_in else 0)
      lor if Int64.unsigned_compare t.count highest < 0 then Open_file.poll_out else 0)

let make ~flags ~one_by_one count =
  let t = { lock = Mutex.create (); count = Int64.of_int count; one_by_one; changed = Wait.queue () } in
  Open_file.make ~flags
    (Own
       {
         kind = Open_file.Plain;
         mode;
         read = read t;
         write = write t;
         ready = ready t;
         changed = (fun () -> [ t.changed ]);
         close = ignore;
       })
