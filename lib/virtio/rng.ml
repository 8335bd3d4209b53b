(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma

type t = { driver : Driver.t; requests : unit Requests.t }

let kind = 4
let most_at_once = 4096
let finish t error = Driver.finish t.driver error

let run transport ready =
  Driver.run transport ~kind ~wanted:0 @@ fun driver ->
  let requests = Driver.queue driver 0 ~entries:16 (fun () written -> written) in
  Some (fun () -> ready { driver; requests })

(* The device may give fewer than were asked for, but not none. *)
let read t length =
  if length < 0 then invalid_arg "Rng.read";
  let bytes = Bytes.create length in
  let buffer = Dma.create (max 1 (min length most_at_once)) in
  let rec go at =
    if at = length then Ok (Bytes.unsafe_to_string bytes)
    else
      let wanted = min (length - at) most_at_once in
      match Requests.run t.requests ~segments:1 (fun ring -> Virtqueue.writes ring buffer 0 wanted) with
      | Error _ as error -> error
      | Ok 0 -> Error `Failed
      | Ok got ->
          Dma.blit_to_bytes buffer 0 bytes at got;
          go (at + got)
  in
  go 0
