(* SPDX-License-Identifier: ISC *)

type taken = { mutex : Mutex.t; mutable whole : bool; mutable parts : int list }
type t = { taken : taken; part : int option }

let create () = { taken = { mutex = Mutex.create (); whole = false; parts = [] }; part = None }
let part t i = { t with part = Some i }

let is_taken_by_some { taken; part } =
  match part with Some i -> taken.whole || List.mem i taken.parts | None -> taken.whole || taken.parts <> []

let locked t f = Mutex.protect t.taken.mutex f
let is_taken t = locked t (fun () -> is_taken_by_some t)

let take t =
  locked t (fun () ->
      let free = not (is_taken_by_some t) in
      if free then (
        match t.part with Some i -> t.taken.parts <- i :: t.taken.parts | None -> t.taken.whole <- true);
      free)

let give_back t =
  locked t (fun () ->
      match t.part with
      | Some i -> t.taken.parts <- List.filter (( <> ) i) t.taken.parts
      | None -> t.taken.whole <- false)
