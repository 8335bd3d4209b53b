(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma

type t = { sectors : string array; mutable broken : [ `No | `Reads | `Writes | `All ]; mutable left : int }

let sector_size _ = 512
let empty = String.make 512 '\000'
let create sectors = { sectors = Array.make sectors empty; broken = `No; left = max_int }
let sectors t = Array.length t.sectors
let read_only _ = false

(* Fails after so many more requests. *)
let fail_after t left = t.left <- left

let go t kinds act =
  Picos.Fiber.yield ();
  t.left <- (if t.left = max_int then max_int else t.left - 1);
  if t.left < 0 || List.mem t.broken kinds then Error `Gone
  else begin
    act ();
    Ok ()
  end

let each sector slices act =
  ignore
    (List.fold_left
       (fun sector (slice : Device.slice) ->
         for i = 0 to (slice.length / 512) - 1 do
           act (sector + i) slice.buffer (slice.offset + (512 * i))
         done;
         sector + (slice.length / 512))
       sector slices)

let read t ~sector slices =
  go t [ `Reads; `All ] (fun () ->
      each sector slices (fun sector buffer at -> Dma.blit_from_string t.sectors.(sector) 0 buffer at 512))

let write t ~sector slices =
  go t [ `Writes; `All ] (fun () ->
      each sector slices (fun sector buffer at -> t.sectors.(sector) <- Dma.sub_string buffer at 512))

let flush t = go t [ `Writes; `All ] ignore
let discard _ ~sector:_ ~sectors:_ = Error `Unsupported
let write_zeroes _ ~sector:_ ~sectors:_ = Error `Unsupported

type operation =
  | Read of { sector : int; into : Device.slice list }
  | Write of { sector : int; from : Device.slice list }
  | Flush

let batch _ _ = []
