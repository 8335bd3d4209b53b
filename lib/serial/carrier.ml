(* SPDX-License-Identifier: ISC *)

open Picos

type line = {
  outgoing : Bytes.t -> int;
  sent : unit -> unit;
  room : unit -> int;
  incoming : Bytes.t -> int -> unit;
  rest : unit -> unit;
}

type counts = { mutable sent : int; mutable received : int; mutable damaged : int; mutable turns : int }

let no_counts () = { sent = 0; received = 0; damaged = 0; turns = 0 }

(* In a turn of the fiber, each way. *)
let most = 256

type step = Idle | More | Gone

(* What has come, no more than there is room for. A UART that has always more does not keep the fiber. *)
let receive (chip : Chip.t) line counts buffer =
  let room = min (line.room ()) (Bytes.length buffer) in
  let rec take tries n =
    if n >= room || tries = 0 then (n, if room > 0 then More else Idle)
    else
      match chip.get () with
      | Nothing -> (n, Idle)
      | Gone -> (n, Gone)
      | Damaged ->
          counts.damaged <- counts.damaged + 1;
          take (tries - 1) n
      | Byte byte ->
          Bytes.unsafe_set buffer n (Char.unsafe_chr byte);
          take (tries - 1) (n + 1)
  in
  let n, step = take most 0 in
  if n > 0 then line.incoming buffer n;
  counts.received <- counts.received + n;
  step

(* As many as the UART has room for at a time. *)
let rec send (chip : Chip.t) line counts ~one ~some left =
  if left <= 0 then More
  else
    let room = chip.room () in
    if room = 0 then Idle
    else begin
      let buffer = if room >= Bytes.length some then some else one in
      let n = line.outgoing buffer in
      for i = 0 to n - 1 do
        chip.put (Char.code (Bytes.unsafe_get buffer i))
      done;
      line.sent ();
      counts.sent <- counts.sent + n;
      if n = 0 then Idle else send chip line counts ~one ~some (left - n)
    end

let run chip line interrupt counts =
  let buffer = Bytes.create most and one = Bytes.create 1 and some = Bytes.create 16 in
  let rec serve seen =
    counts.turns <- counts.turns + 1;
    match (receive chip line counts buffer, send chip line counts ~one ~some most) with
    | Gone, _ | _, Gone -> `Gone
    | Idle, Idle ->
        line.rest ();
        serve (Device_interrupt.await interrupt ~seen)
    | _ ->
        Fiber.yield ();
        serve seen
  in
  serve 0
