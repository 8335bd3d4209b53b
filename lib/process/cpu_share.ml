(* SPDX-License-Identifier: ISC *)

module Mutex = Picox_lock

type t = { rate : float; within : t option; lock : Mutex.t; mutable left_ns : float; mutable filled_at : int (* 0: never yet *) }

let period_ns = 100e6
let slice_ns = Turns.slice_ns

let create ?within rate =
  { rate; within; lock = Mutex.create (); left_ns = rate *. period_ns; filled_at = 0 }

let rec is_limited t = t.rate < infinity || match t.within with Some within -> is_limited within | None -> false

let rec pay t ns =
  if t.rate < infinity then Mutex.protect t.lock (fun () -> t.left_ns <- t.left_ns -. float ns);
  Option.iter (fun within -> pay within ns) t.within

(* Who waits comes back when there is something for a while, not for a moment. *)
let enough_ns t = Float.min (float slice_ns) (t.rate *. period_ns /. 4.)

let here t ~now =
  if t.rate = infinity then now
  else
    Mutex.protect t.lock (fun () ->
        if t.filled_at <> 0 && now > t.filled_at then
          t.left_ns <- Float.min (t.rate *. period_ns) (t.left_ns +. (float (now - t.filled_at) *. t.rate));
        t.filled_at <- max now t.filled_at;
        if t.left_ns > 0. then now else now + 1 + int_of_float ((enough_ns t -. t.left_ns) /. t.rate))

let rec until t ~now =
  let here = here t ~now in
  match t.within with Some within -> max here (until within ~now) | None -> here
