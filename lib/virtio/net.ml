(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma

let kind = 1

module Header = Net_header

module Feature = struct
  let checksum = 0
  let partial = 1 (* checksums of frames that come *)
  let mtu = 3
  let mac = 5
  let takes = function Header.Tcp4 -> 7 | Tcp6 -> 8
  let segments = function Header.Tcp4 -> 11 | Tcp6 -> 12
  let mergeable = 15
  let status = 16
  let bits = List.fold_left (fun set feature -> set lor (1 lsl feature)) 0
  let protocols = [ Header.Tcp4; Tcp6 ]
  let always = bits [ checksum; partial; mtu; mac; mergeable; status ]

  (* Segments need checksums, and large frames room for them. *)
  let wanted ~offered ~large =
    let has feature = (offered lsr feature) land 1 = 1 in
    always
    lor (if has checksum then bits (List.map segments protocols) else 0)
    lor if has partial && large ~merges:(has mergeable) then bits (List.map takes protocols) else 0
end

let header_size = Header.size
let ethernet_header = 14
let tag = 4 (* of a virtual network *)

(* Places for frames on their way out, one for each that the queue has room for. Those that are free belong to its lock. *)
type places = {
  memory : Dma.t array;
  free : int array;
  mutable count : int;
  mutable large : Dma.t list;  (** for frames that the device is to segment, made when they are needed *)
}

type place = Of_all of int | Large of Dma.t

let most_entries = 128

(* Of a frame that is to be segmented, or has not been. *)
let most_large = ethernet_header + tag + 65535
let kept_large = 4

let places size =
  {
    memory = Array.init most_entries (fun _ -> Dma.create size);
    free = Array.init most_entries Fun.id;
    count = most_entries;
    large = [];
  }

let take_place places length =
  if length <= Dma.size places.memory.(0) then begin
    places.count <- places.count - 1;
    let index = places.free.(places.count) in
    (Of_all index, places.memory.(index))
  end
  else
    let buffer =
      match places.large with
      | buffer :: others ->
          places.large <- others;
          buffer
      | [] -> Dma.create (header_size + most_large)
    in
    (Large buffer, buffer)

let give_back places = function
  | Of_all index ->
      places.free.(places.count) <- index;
      places.count <- places.count + 1
  | Large buffer -> if List.compare_length_with places.large kept_large < 0 then places.large <- buffer :: places.large

type t = {
  driver : Driver.t;
  input : unit Requests.t;
  output : place Requests.t;
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
let has t feature = Driver.has t.driver feature
let merges t = has t Feature.mergeable
let computes_checksums t = has t Feature.checksum
let gives_partial t = has t Feature.partial
let makes_segments t protocol = has t (Feature.segments protocol)
let takes_large t protocol = has t (Feature.takes protocol)

let is_up t =
  (not (has t Feature.status))
  || Driver.config t.driver (fun transport -> transport.config16 6 land 1 = 1)

let malformed t what =
  let error = `Malformed what in
  Inbox.close t.inbox error;
  finish t error

(* A buffer that the device has filled: the first of a frame, or the next of one. *)
let arrived t buffer written =
  if t.missing = 0 then begin
    let count = if merges t then Header.buffers buffer else 1 in
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

let run ?(buffer_size = 2048) ?(large = false) (transport : Transport.t) ready =
  if buffer_size < 64 || buffer_size > 65536 + 64 then invalid_arg "Net.run: the size of buffers";
  let large ~merges =
    (* With the room of all buffers but one, should the frame come in the middle of them. *)
    let room = if merges then (most_entries / 2) * buffer_size else buffer_size in
    large && room >= header_size + most_large
  in
  let wanted = if transport.kind = kind then Feature.wanted ~offered:(transport.features ()) ~large else 0 in
  Driver.run transport ~kind ~wanted @@ fun driver ->
  let mac, mtu = read_config driver in
  let input = Driver.queue driver 0 ~entries:most_entries (fun () written -> written) in
  let places = places (header_size + ethernet_header + tag + mtu) in
  let output =
    Driver.queue driver 1 ~entries:most_entries ~quiet:true (fun place _ ->
        give_back places place;
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
let put t header frame =
  let length = String.length frame in
  let fill ring =
    let place, memory = take_place t.places (header_size + length) in
    Header.write memory header;
    Dma.blit_from_string frame 0 memory header_size length;
    Virtqueue.reads ring memory 0 (header_size + length);
    place
  in
  Result.map ignore (Requests.start ~action:ignore t.output ~segments:1 fill)

let fits_link t length = length >= ethernet_header && length <= ethernet_header + tag + t.mtu
let no_header : Header.t = { checksum = Unknown; segments = None }
let send t frame = if fits_link t (String.length frame) then put t no_header frame else Error `Out_of_range

let send_checksum t ({ start; offset } as place : Checksum.place) frame =
  let length = String.length frame in
  if not (fits_link t length) then Error `Out_of_range
  else if start < ethernet_header || not (Checksum.fits place ~length) then invalid_arg "Net.send_checksum: the place"
  else if computes_checksums t && start + offset <= 0xffff then put t { no_header with checksum = Partial place } frame
  else begin
    let bytes = Bytes.of_string frame in
    Checksum.complete bytes place;
    put t no_header (Bytes.unsafe_to_string bytes)
  end

let send_segments t (place : Checksum.place) ({ header; data; protocol } as segments : Header.segments) frame =
  let length = String.length frame in
  if place.start < ethernet_header || not (Checksum.fits place ~length:header) then invalid_arg "Net.send_segments: the place";
  if header > length || header > 0xffff || data <= 0 then invalid_arg "Net.send_segments: the segments";
  if length > most_large || not (fits_link t (header + data)) then Error `Out_of_range
  else if not (makes_segments t protocol) then Error `Unsupported
  else put t { checksum = Partial place; segments = Some segments } frame

let await_frame t = Inbox.await t.inbox
let has_frame t = not (Inbox.is_empty t.inbox)

type received = { frame : string; header : Header.t }

let receive_whole t =
  match Inbox.take t.inbox with
  | Error _ as error -> error
  | Ok parts -> (
      let total = List.fold_left (fun n (_, written) -> n + written) 0 parts in
      let bytes = Bytes.create total in
      let copy at (buffer, written) =
        Dma.blit_to_bytes buffer 0 bytes at written;
        offer t buffer;
        at + written
      in
      ignore (List.fold_left copy 0 parts);
      match Header.read (Bytes.unsafe_to_string bytes) ~checksums:(gives_partial t) ~takes:(takes_large t) with
      | Ok header -> Ok { frame = Bytes.sub_string bytes header_size (total - header_size); header }
      | Error what ->
          malformed t what;
          Error (`Malformed what))

let receive t =
  match receive_whole t with
  | Ok { frame; header = { checksum = Partial place; _ } } ->
      let bytes = Bytes.unsafe_of_string frame in
      Checksum.complete bytes place;
      Ok (Bytes.unsafe_to_string bytes)
  | Ok { frame; _ } -> Ok frame
  | Error _ as error -> error
