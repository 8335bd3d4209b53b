(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma
open Device

type about = {
  namespace : int;
  sector_size : int;
  sectors : int;
  serial : string;
  model : string;
  has_cache : bool;  (** of its own, that can lose what is in it *)
  discards : bool;
  zeroes : bool;
}

type t = { controller : Controller.t; about : about }

let ( let* ) = Result.bind
let finish t error = Controller.finish t.controller error
let queues t = Array.length (Controller.queues t.controller)
let sector_size t = t.about.sector_size
let sectors t = t.about.sectors
let serial t = t.about.serial
let model t = t.about.model
let read_only _ = false

(* Opcodes. *)
let op_flush = 0
let op_write = 1
let op_read = 2
let op_write_zeroes = 8
let op_dataset = 9
let no_namespace = `Malformed "the controller has no namespace that can be"

let read_about controller =
  let* list = Controller.identify controller ~structure:2 ~namespace:0 in
  let namespace = Dma.get32 list 0 in
  let* () = if namespace = 0 then Error no_namespace else Ok () in
  let* of_controller = Controller.identify controller ~structure:1 ~namespace:0 in
  let* of_namespace = Controller.identify controller ~structure:0 ~namespace in
  let format = Dma.get8 of_namespace 26 land 15 in
  let shift = Dma.get8 of_namespace (128 + (4 * format) + 2) in
  let metadata = Dma.get16 of_namespace (128 + (4 * format)) in
  let sectors = Int64.to_int (Dma.get64 of_namespace 0) in
  if shift < 9 || shift > 16 || metadata <> 0 || sectors <= 0 || sectors > max_int lsr shift then Error no_namespace
  else
    let commands = Dma.get16 of_controller 520 in
    Ok
      {
        namespace;
        sector_size = 1 lsl shift;
        sectors;
        serial = String.trim (Dma.sub_string of_controller 4 20);
        model = String.trim (Dma.sub_string of_controller 24 40);
        has_cache = Dma.get8 of_controller 525 land 1 = 1;
        discards = (commands lsr 2) land 1 = 1;
        zeroes = (commands lsr 3) land 1 = 1;
      }

let run ?(queues = Domain.recommended_domain_count ()) access ready =
  Controller.run access ~queues:(max 1 queues) @@ fun controller ->
  match read_about controller with
  | Ok about -> Some (fun () -> ready { controller; about })
  | Error error ->
      Controller.finish controller error;
      Some ignore

let queue_of t =
  let all = Controller.queues t.controller in
  all.((Domain.self () :> int) mod Array.length all)

let command t ?data ?(sector = 0) ?(cdw12 = 0) opcode : Queue.command =
  { opcode; namespace = t.about.namespace; data; cdw10 = sector land 0xffff_ffff; cdw11 = sector lsr 32; cdw12 }

let in_range t ~sector ~count = sector >= 0 && count >= 0 && sector <= t.about.sectors - count
let rec total slices = match slices with [] -> 0 | { length; _ } :: rest -> length + total rest

let fits t ~sector slices =
  List.iter (fun { buffer; offset; length } -> Dma.check buffer offset length) slices;
  slices <> []
  && List.for_all (fun { length; _ } -> length > 0 && length mod t.about.sector_size = 0) slices
  && in_range t ~sector ~count:(total slices / t.about.sector_size)

(* A command moves one contiguous piece, within the controller's limit. *)
let rec start_data ?ring t queue opcode ~sector = function
  | [] -> []
  | { buffer; offset; length } :: rest ->
      let now = min length (Controller.most_data t.controller) in
      let count = now / t.about.sector_size in
      let started = Queue.start ?ring queue (command t opcode ~data:(buffer, offset, now) ~sector ~cdw12:(count - 1)) in
      let rest = if now = length then rest else { buffer; offset = offset + now; length = length - now } :: rest in
      started :: start_data ?ring t queue opcode ~sector:(sector + count) rest

let wait = function Error _ as error -> error | Ok pending -> Result.map ignore (Queue.wait pending)

(* All of them are waited for: their buffers are the device's. *)
let rec wait_all = function
  | [] -> Ok ()
  | pending :: rest -> (
      let result = wait pending in
      match (result, wait_all rest) with (Error _ as error), _ -> error | Ok (), others -> others)

(* The controller is told once of all of a transfer. *)
let transfer t opcode ~sector slices =
  if not (fits t ~sector slices) then Error `Out_of_range
  else begin
    let queue = queue_of t in
    let started = start_data ~ring:false t queue opcode ~sector slices in
    Queue.ring queue;
    wait_all started
  end

let read t ~sector slices = transfer t op_read ~sector slices
let write t ~sector slices = transfer t op_write ~sector slices
let start_flush ?ring t queue = if t.about.has_cache then [ Queue.start ?ring queue (command t op_flush) ] else []
let flush t = wait_all (start_flush t (queue_of t))

(* One range: attributes, length, start. *)
let discard t ~sector ~sectors =
  let deallocate = 4 in
  let rec go sector sectors =
    if sectors = 0 then Ok ()
    else
      let count = min sectors 0xffff_ffff in
      let range = Dma.create 16 in
      Dma.set32 range 4 count;
      Dma.set64 range 8 (Int64.of_int sector);
      let* _ =
        Queue.run (queue_of t)
          { (command t op_dataset ~data:(range, 0, 16)) with cdw10 = 0; cdw11 = deallocate }
      in
      go (sector + count) (sectors - count)
  in
  if not t.about.discards then Error `Unsupported
  else if not (in_range t ~sector ~count:sectors) then Error `Out_of_range
  else go sector sectors

let write_zeroes t ~sector ~sectors =
  let rec go sector sectors =
    if sectors = 0 then Ok ()
    else
      let count = min sectors 0x8000 in
      let* _ = Queue.run (queue_of t) (command t op_write_zeroes ~sector ~cdw12:(count - 1)) in
      go (sector + count) (sectors - count)
  in
  if not t.about.zeroes then Error `Unsupported
  else if not (in_range t ~sector ~count:sectors) then Error `Out_of_range
  else go sector sectors

type operation =
  | Read of { sector : int; into : slice list }
  | Write of { sector : int; from : slice list }
  | Flush

let batch t operations =
  let queue = queue_of t in
  let data opcode ~sector slices =
    if fits t ~sector slices then Ok (start_data ~ring:false t queue opcode ~sector slices) else Error `Out_of_range
  in
  let started =
    List.map
      (function
        | Read { sector; into } -> data op_read ~sector into
        | Write { sector; from } -> data op_write ~sector from
        | Flush -> Ok (start_flush ~ring:false t queue))
      operations
  in
  Queue.ring queue;
  List.map (function Error _ as error -> error | Ok pending -> wait_all pending) started
