(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type t = { lock : Mutex.t; mutable expired : int; changed : Wait.queue; timer : Timers.t; clock : int }
type Open_file.kind += Timer of t

let word = 8
let again = min_int
let mode = 0o600

let create clock =
  let self = ref None in
  let expire () =
    Option.iter
      (fun t ->
        Mutex.protect t.lock (fun () -> t.expired <- t.expired + 1);
        Wait.wake t.changed)
      !self
  in
  let t = { lock = Mutex.create (); expired = 0; changed = Wait.queue (); timer = Timers.create ~expire (); clock } in
  self := Some t;
  t

let take t bytes first =
  Mutex.protect t.lock (fun () ->
      if t.expired = 0 then again
      else (
        Bytes.set_int64_le bytes first (Int64.of_int t.expired);
        t.expired <- 0;
        word))

let read t sleeper ~nonblocking bytes first count =
  if count < word then Errno.einval
  else Wait.repeat sleeper ~nonblocking ~again t.changed (fun () -> take t bytes first)

let write _ ~nonblocking:_ _ _ _ = Errno.einval
let ready t () = Mutex.protect t.lock (fun () -> if t.expired > 0 then Open_file.poll_in else 0)
let clock t = t.clock
let get t = Timers.get t.timer

let set t ~due ~interval =
  let before = Timers.set t.timer ~due:0 ~interval:0 in
  Mutex.protect t.lock (fun () -> t.expired <- 0);
  ignore (Timers.set t.timer ~due ~interval);
  before

let make ~flags clock =
  let t = create clock in
  Open_file.make ~flags
    (Own
       {
         kind = Timer t;
         mode;
         read = read t;
         write;
         ready = ready t;
         changed = (fun () -> [ t.changed ]);
         close = (fun () -> Timers.close t.timer);
       })
