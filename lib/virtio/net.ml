(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma

let kind = 1

module Feature = struct
  let mtu = 3
  let mac = 5
  let mergeable = 15
  let status = 16
  let all = List.fold_left (fun set feature -> set lor (1 lsl feature)) 0 [ mtu; mac; mergeable; status ]
end

(* Before each frame: flags, kind of segmentation, three numbers for that and for checksums, number of buffers. *)
let header_size = 12
let buffer_count_at = 10
let ethernet_header = 14
let tag = 4 (* of a virtual network *)

(* Places for frames on their way out, one for each that the queue has room for. Those that are free belong to its lock. *)
type places = { memory : Dma.t array; free : int array; mutable count : int }

let most_entries = 128

let places size = { memory = Array.init most_entries (fun _ -> Dma.create size); free = Array.init most_entries Fun.id; count = most_entries }

type t = {
  driver : Driver.t;
  input : unit Requests.t;
  output : int Requests.t;
  places : places;
  inbox : (Dma.t * int) list Inbox.t;  (** the buffers of a frame, and how many bytes the device has written to each *)
  mutable coming : (Dma.t * int) list;  (** of a frame that is not there whole, the last first *)
  mutable missing : int;  (** how many buffers of it are *)
  mac : string;
  mtu : int;
  buffer_size : int;
}

let finish t error = Driver.finish t.driver error
let mac t = t.mac
let mtu t = t.mtu
let merges t = Driver.has t.driver Feature.mergeable

let is_up t =
  (not (Driver.has t.driver Feature.status))
  || Driver.config t.driver (fun transport -> transport.config16 6 land 1 = 1)

let malformed t what =
  let error = `Malformed what in
  Inbox.close t.inbox error;
  finish t error

(* A buffer that the device has filled: the first of a frame, or the next of one. *)
let arrived t buffer written =
  if t.missing = 0 then begin
    let count = if merges t then Dma.get16 buffer buffer_count_at else 1 in
    if written < header_size || count = 0 || count > Requests.entries t.input then
      malformed t "the device gives a frame without a header that can be"
    else begin
      t.coming <- [];
      t.missing <- count
    end
  end;
  if t.missing > 0 then begin
    t.coming <- (buffer, written) :: t.coming;
    t.missing <- t.missing - 1;
    if t.missing = 0 then Inbox.push t.inbox (List.rev t.coming)
  end

let offer ?publish t buffer =
  let action = function Ok written -> arrived t buffer written | Error error -> Inbox.close t.inbox error in
  match Requests.start ?publish ~action t.input ~segments:1 (fun ring -> Virtqueue.writes ring buffer 0 t.buffer_size) with
  | Ok _ -> ()
  | Error error -> Inbox.close t.inbox error

let local_mac = "\x02\x00\x00\x00\x00\x01"

let read_config driver =
  Driver.config driver @@ fun transport ->
  let mac =
    if Driver.has driver Feature.mac then String.init 6 (fun i -> Char.chr (transport.config8 i)) else local_mac
  in
  (mac, if Driver.has driver Feature.mtu then transport.config16 10 else 1500)

let run ?(buffer_size = 2048) transport ready =
  if buffer_size < 64 || buffer_size > 65536 then invalid_arg "Net.run: the size of buffers";
  Driver.run transport ~kind ~wanted:Feature.all @@ fun driver ->
  let mac, mtu = read_config driver in
  let input = Driver.queue driver 0 ~entries:most_entries (fun () written -> written) in
  let places = places (header_size + ethernet_header + tag + mtu) in
  let output =
    Driver.queue driver 1 ~entries:most_entries ~quiet:true (fun place _ ->
        places.free.(places.count) <- place;
        places.count <- places.count + 1;
        0)
  in
  let t =
    { driver; input; output; places; inbox = Inbox.create (); coming = []; missing = 0; mac; mtu; buffer_size }
  in
  Some
    (fun () ->
      for _ = 1 to Requests.entries input do
        offer ~publish:false t (Dma.create buffer_size)
      done;
      Requests.publish input;
      ready t)

(* The frame is copied, so that nobody waits until it is out. *)
let send t frame =
  let length = String.length frame in
  if length < ethernet_header || length > ethernet_header + tag + t.mtu then Error `Out_of_range
  else
    let fill ring =
      let { memory; free; count } = t.places in
      let place = free.(count - 1) in
      Dma.blit_from_string frame 0 memory.(place) header_size length;
      Virtqueue.reads ring memory.(place) 0 (header_size + length);
      t.places.count <- count - 1;
      place
    in
    Result.map ignore (Requests.start ~action:ignore t.output ~segments:1 fill)

let receive t =
  match Inbox.take t.inbox with
  | Error _ as error -> error
  | Ok parts ->
      let total = List.fold_left (fun n (_, written) -> n + written) 0 parts in
      let bytes = Bytes.create total in
      let copy at (buffer, written) =
        Dma.blit_to_bytes buffer 0 bytes at written;
        offer t buffer;
        at + written
      in
      ignore (List.fold_left copy 0 parts);
      Ok (Bytes.sub_string bytes header_size (total - header_size))
