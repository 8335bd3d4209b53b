(* SPDX-License-Identifier: ISC *)

module Futex = Picox_futex

type t = { asleep : bool Atomic.t; futex : Futex.t }

let create () = { asleep = Atomic.make false; futex = Futex.create () }
let announce t = Atomic.set t.asleep true
let withdraw t = Atomic.set t.asleep false
let is_asleep t = Atomic.get t.asleep

(* Who ends the sleep after this look has yet to advance the counter. *)
let park_once t ~until =
  let seen = Futex.read t.futex in
  if Atomic.get t.asleep then Futex.wait t.futex seen ~until

let rec park t =
  park_once t ~until:max_int;
  if Atomic.get t.asleep then park t

let park_until t time =
  park_once t ~until:time;
  withdraw t

let wake t =
  Atomic.get t.asleep
  && Atomic.exchange t.asleep false
  && begin
       Futex.advance t.futex;
       true
     end
