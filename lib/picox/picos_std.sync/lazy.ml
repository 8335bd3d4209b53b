(* SPDX-License-Identifier: ISC *)

open Picos

exception Undefined = Stdlib.Lazy.Undefined

type 'a state =
  | Suspended of (unit -> 'a)
  | Running of { fiber : Fiber.t; result : 'a Computation.t }
  | Forced of 'a
  | Raised of exn * Printexc.raw_backtrace

type 'a t = 'a state Atomic.t

let from_fun f = Atomic.make (Suspended f)
let from_val value = Atomic.make (Forced value)
let is_val t = match Atomic.get t with Forced _ -> true | Suspended _ | Running _ | Raised _ -> false

let run t f result =
  match f () with
  | value ->
      Atomic.set t (Forced value);
      Computation.return result value;
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      Atomic.set t (Raised (exn, bt));
      Computation.cancel result exn bt;
      Printexc.raise_with_backtrace exn bt

let rec force t =
  match Atomic.get t with
  | Forced value -> value
  | Raised (exn, bt) -> Printexc.raise_with_backtrace exn bt
  | Running { fiber; result } ->
      if Fiber.equal fiber (Fiber.current ()) then raise Undefined;
      Computation.await result
  | Suspended f as before ->
      let fiber = Fiber.current () and result = Computation.create () in
      Fiber.check fiber;
      if Atomic.compare_and_set t before (Running { fiber; result }) then run t f result else force t

let force_val = force
let map f t = from_fun (fun () -> f (force t))
let map_val f t = if is_val t then from_val (f (force t)) else map f t
