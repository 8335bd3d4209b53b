(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma
open Device

let kind = 2
let unit_size = 512 (* what requests count in *)

module Feature = struct
  let segments_max = 2
  let read_only = 5
  let block_size = 6
  let flush = 9
  let many_queues = 12
  let discard = 13
  let write_zeroes = 14

  let all =
    List.fold_left
      (fun set feature -> set lor (1 lsl feature))
      0
      [ segments_max; read_only; block_size; flush; many_queues; discard; write_zeroes ]
end

(* Types of requests. *)
let type_in = 0
let type_out = 1
let type_flush = 4
let type_identity = 8
let type_discard = 11
let type_write_zeroes = 13

(* What the device says of a request. *)
let status_ok = 0
let status_unsupported = 2
let status_none = 0xff

(* Where headers, statuses and ranges of requests are: places of one size, of which some are free. Those of a queue belong
   to its lock. *)
module Places = struct
  type t = { memory : Dma.t; free : int array; mutable count : int }

  let size = 64
  let status_at = 16
  let range_at = 32
  let range_size = 16

  let create most =
    { memory = Dma.create (most * size); free = Array.init most (fun i -> i * size); count = most }

  let take t =
    t.count <- t.count - 1;
    t.free.(t.count)

  let give_back t place =
    t.free.(t.count) <- place;
    t.count <- t.count + 1
end

type queue = { requests : int Requests.t; places : Places.t }

type geometry = {
  sector_size : int;
  sectors : int;
  read_only : bool;
  segments_max : int;  (** of data, in a request *)
  queue_count : int;
  discard_max : int;  (** units at once; 0: it cannot *)
  zeroes_max : int;
}

type t = { driver : Driver.t; queues : queue array; geometry : geometry }

let finish t error = Driver.finish t.driver error
let transport t = Driver.transport t.driver
let queues t = Array.length t.queues
let sector_size t = t.geometry.sector_size
let sectors t = t.geometry.sectors
let read_only t = t.geometry.read_only

let make_queue driver ~segments index =
  let most = 128 in
  let places = Places.create most in
  let complete place _ =
    Places.give_back places place;
    Dma.get8 places.memory (place + Places.status_at)
  in
  { requests = Driver.queue driver index ~entries:most ~segments:(segments + 2) complete; places }

let read_geometry driver =
  let has = Driver.has driver in
  Driver.config driver @@ fun transport ->
  let if_has feature default offset = if has feature then transport.config32 offset else default in
  (* Most units, unless it takes no ranges at all. *)
  let range feature ~most ~ranges = if if_has feature 0 ranges = 0 then 0 else transport.config32 most in
  let units = transport.config32 0 lor (transport.config32 4 lsl 32) in
  let sector_size = if_has Feature.block_size unit_size 20 in
  {
    sector_size;
    sectors = units * unit_size / max 1 sector_size;
    read_only = has Feature.read_only;
    segments_max = max 1 (min 64 (if_has Feature.segments_max 1 12));
    queue_count = (if has Feature.many_queues then transport.config16 34 else 1);
    discard_max = range Feature.discard ~most:36 ~ranges:40;
    zeroes_max = range Feature.write_zeroes ~most:48 ~ranges:52;
  }

let is_sane { sector_size; sectors; queue_count; _ } =
  sector_size >= unit_size && sector_size <= 65536 && sector_size land (sector_size - 1) = 0 && sectors >= 0 && queue_count > 0

let run ?(queues = Domain.recommended_domain_count ()) transport ready =
  Driver.run transport ~kind ~wanted:Feature.all @@ fun driver ->
  let geometry = read_geometry driver in
  if not (is_sane geometry) then None
  else
    let count = max 1 (min geometry.queue_count queues) in
    let queues = Array.init count (make_queue driver ~segments:geometry.segments_max) in
    Some (fun () -> ready { driver; queues; geometry })

let queue_of t = t.queues.((Domain.self () :> int) mod Array.length t.queues)

let outcome = function
  | Error _ as error -> error
  | Ok status when status = status_ok -> Ok ()
  | Ok status when status = status_unsupported -> Error `Unsupported
  | Ok status when status = status_none -> Error (`Malformed "the disk ends a request without a status")
  | Ok _ -> Error `Failed

(* A request: its header, then [data], then its status. *)
let start ?publish { requests; places } request ~sector ~segments data =
  Requests.start ?publish requests ~segments:(segments + 2) @@ fun ring ->
  let place = Places.take places in
  match
    let memory = places.memory in
    Dma.set32 memory place request;
    Dma.set32 memory (place + 4) 0;
    Dma.set64 memory (place + 8) (Int64.of_int sector);
    Dma.set8 memory (place + Places.status_at) status_none;
    Virtqueue.reads ring memory place 16;
    data ring place;
    Virtqueue.writes ring memory (place + Places.status_at) 1
  with
  | () -> place
  | exception exn ->
      Places.give_back places place;
      raise exn

let wait = function Error _ as error -> error | Ok request -> outcome (Requests.wait request)

let rec total slices = match slices with [] -> 0 | { length; _ } :: rest -> length + total rest
let check_slices = List.iter (fun { buffer; offset; length } -> Dma.check buffer offset length)
let in_range t ~sector ~count = sector >= 0 && count >= 0 && sector <= t.geometry.sectors - count
let units t sectors = sectors * (t.geometry.sector_size / unit_size)

let rec split n = function
  | slice :: rest when n > 0 ->
      let first, others = split (n - 1) rest in
      (slice :: first, others)
  | rest -> ([], rest)

(* As many requests as the device's limit of segments makes of it, all started. *)
let rec start_data ?publish t queue request ~sector slices =
  match split t.geometry.segments_max slices with
  | [], _ -> []
  | some, rest ->
      let add = if request = type_in then Virtqueue.writes else Virtqueue.reads in
      let started =
        start ?publish queue request ~sector:(units t sector) ~segments:(List.length some) (fun ring _ ->
            List.iter (fun { buffer; offset; length } -> add ring buffer offset length) some)
      in
      started :: start_data ?publish t queue request ~sector:(sector + (total some / t.geometry.sector_size)) rest

let fits t ~sector slices =
  check_slices slices;
  slices <> []
  && List.for_all (fun { length; _ } -> length > 0 && length mod t.geometry.sector_size = 0) slices
  && in_range t ~sector ~count:(total slices / t.geometry.sector_size)

let rec first_error = function
  | [] -> Ok ()
  | pending :: rest -> (
      (* All of them are waited for: their buffers are the device's. *)
      let result = wait pending in
      match (result, first_error rest) with (Error _ as error), _ -> error | Ok (), rest -> rest)

let transfer t request ~sector slices =
  if not (fits t ~sector slices) then Error `Out_of_range
  else if request = type_out && t.geometry.read_only then Error `Read_only
  else first_error (start_data t (queue_of t) request ~sector slices)

let read t ~sector slices = transfer t type_in ~sector slices
let write t ~sector slices = transfer t type_out ~sector slices
let start_flush ?publish t queue = if Driver.has t.driver Feature.flush then [ start ?publish queue type_flush ~sector:0 ~segments:0 (fun _ _ -> ()) ] else []
let flush t = first_error (start_flush t (queue_of t))

let rec range t request ~most ~sector ~sectors =
  if sectors = 0 then Ok ()
  else
    let count = min sectors (max 1 (most / units t 1)) in
    let queue = queue_of t in
    let set ring place =
      let memory = queue.places.memory and at = place + Places.range_at in
      Dma.set64 memory at (Int64.of_int (units t sector));
      Dma.set32 memory (at + 8) (units t count);
      Dma.set32 memory (at + 12) 0;
      Virtqueue.reads ring memory at Places.range_size
    in
    match wait (start queue request ~sector:0 ~segments:1 set) with
    | Ok () -> range t request ~most ~sector:(sector + count) ~sectors:(sectors - count)
    | Error _ as error -> error

let on_range t request ~most ~sector ~sectors =
  if most < units t 1 then Error `Unsupported
  else if t.geometry.read_only then Error `Read_only
  else if not (in_range t ~sector ~count:sectors) then Error `Out_of_range
  else range t request ~most ~sector ~sectors

let discard t = on_range t type_discard ~most:t.geometry.discard_max
let write_zeroes t = on_range t type_write_zeroes ~most:t.geometry.zeroes_max

let identity t =
  let size = 20 in
  let buffer = Dma.create size in
  match wait (start (queue_of t) type_identity ~sector:0 ~segments:1 (fun ring _ -> Virtqueue.writes ring buffer 0 size)) with
  | Error _ as error -> error
  | Ok () -> Ok (List.hd (String.split_on_char '\000' (Dma.sub_string buffer 0 size)))

type operation =
  | Read of { sector : int; into : slice list }
  | Write of { sector : int; from : slice list }
  | Flush

let batch t operations =
  let queue = queue_of t in
  let data request ~sector slices =
    if not (fits t ~sector slices) then Error `Out_of_range
    else if request = type_out && t.geometry.read_only then Error `Read_only
    else Ok (start_data ~publish:false t queue request ~sector slices)
  in
  let started =
    List.map
      (function
        | Read { sector; into } -> data type_in ~sector into
        | Write { sector; from } -> data type_out ~sector from
        | Flush -> Ok (start_flush ~publish:false t queue))
      operations
  in
  Requests.publish queue.requests;
  List.map (function Error _ as error -> error | Ok pending -> first_error pending) started
