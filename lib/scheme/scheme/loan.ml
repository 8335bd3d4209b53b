(* SPDX-License-Identifier: ISC *)

open Picos

type state = Idle | In_use | Back
type t = { slice : Slice.t; state : state Atomic.t }

exception Taken_back

(* That of any type calls a function to compare. *)
let min = Int.min

let lend slice = { slice; state = Atomic.make Idle }
let length t = Slice.length t.slice

let rec use t f =
  if Atomic.compare_and_set t.state Idle In_use then
    match f t.slice with
    | value ->
        Atomic.set t.state Idle;
        value
    | exception exn ->
        let backtrace = Printexc.get_raw_backtrace () in
        Atomic.set t.state Idle;
        Printexc.raise_with_backtrace exn backtrace
  else
    match Atomic.get t.state with
    | Back -> raise_notrace Taken_back
    | Idle | In_use ->
        Domain.cpu_relax ();
        use t f

let fill t from =
  use t (fun slice ->
      let n = min (Slice.length slice) (Slice.length from) in
      Slice.blit (Slice.sub from 0 n) slice;
      n)

let fill_string t text offset =
  if offset < 0 || offset >= String.length text then 0
  else
    use t (fun slice ->
        let n = min (Slice.length slice) (String.length text - offset) in
        Slice.blit_from_string text offset (Slice.sub slice 0 n);
        n)

(* Whoever uses it holds it for the time of a copy; on the same domain it can only be a fiber that waits, against the
   rule, so that fiber must get its turn. *)
let rec take_back t =
  if not (Atomic.compare_and_set t.state Idle Back) then
    match Atomic.get t.state with
    | Back -> ()
    | Idle -> take_back t
    | In_use ->
        let fiber = Fiber.current () in
        Fiber.forbid fiber Fiber.yield;
        take_back t
