(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma

type ring

external place : int -> int -> int array = "virtio_place"
external create_ring : Dma.t -> int -> int -> int -> int -> ring = "virtio_create"

external add_segment : ring -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "virtio_segment_boxed" "virtio_segment"
[@@noalloc]

external submit_request : ring -> (int[@untagged]) = "virtio_submit_boxed" "virtio_submit" [@@noalloc]
external room_of : ring -> (int[@untagged]) -> (int[@untagged]) = "virtio_room_boxed" "virtio_room" [@@noalloc]
external publish_requests : ring -> (int[@untagged]) = "virtio_publish_boxed" "virtio_publish" [@@noalloc]
external take_used : ring -> (int[@untagged]) = "virtio_take_boxed" "virtio_take" [@@noalloc]

external want : ring -> (int[@untagged]) = "virtio_want_interrupt_boxed" "virtio_want_interrupt"
[@@noalloc]

external want_none : ring -> unit = "virtio_no_interrupt" [@@noalloc]
external abandon_one : ring -> (int[@untagged]) = "virtio_abandon_boxed" "virtio_abandon" [@@noalloc]
external count_in_flight : ring -> (int[@untagged]) = "virtio_in_flight_boxed" "virtio_in_flight" [@@noalloc]

type 'a request = Free | Request of { data : 'a; buffers : Dma.t list }

type 'a t = {
  ring : ring;
  memory : Dma.t;
  available : int;
  used : int;
  requests : 'a request array;
  mutable pending : Dma.t list;
}

type fault = Bad_index | Bad_identity | Not_in_flight | Bad_length

let fault_text = function
  | Bad_index -> "the device has used more than it was given"
  | Bad_identity -> "the device names a descriptor that is not there"
  | Not_in_flight -> "the device gives back what it does not have"
  | Bad_length -> "the device has written more than it may"

(* ring.h: virtio_ring_answer *)
let nothing = -1
let full = -2
let invalid = -3

let fault = function
  | -4 -> Bad_index
  | -5 -> Bad_identity
  | -6 -> Not_in_flight
  | -7 -> Bad_length
  | n -> failwith (Printf.sprintf "Virtqueue: answer %d" n)

let create ?(indirect = false) ?(event_index = false) ?(segments = 16) entries =
  let segments = if indirect then segments else 0 in
  match if entries <= 0 || segments < 0 then [| 0; 0; 0 |] else place entries segments with
  | [| available; used; size |] when size > 0 && size <= Dma.max_size ->
      let memory = Dma.create size in
      let features = Bool.to_int indirect lor (Bool.to_int event_index lsl 1) in
      let ring = create_ring memory (Dma.bus_address memory) entries segments features in
      { ring; memory; available; used; requests = Array.make entries Free; pending = [] }
  | _ -> invalid_arg "Virtqueue.create"

let entries t = Array.length t.requests
let memory t = t.memory
let descriptors t = Dma.bus_address t.memory
let available t = descriptors t + t.available
let used t = descriptors t + t.used

let drop t =
  t.pending <- [];
  ignore (add_segment t.ring 0 0 0)

let add t buffer offset length writes =
  match Dma.check buffer offset length with
  | () ->
      if add_segment t.ring (Dma.bus_address buffer + offset) length writes <> 0 then begin
        t.pending <- [];
        invalid_arg "Virtqueue: a segment"
      end;
      t.pending <- buffer :: t.pending
  | exception exn ->
      drop t;
      raise exn

let reads t buffer offset length = add t buffer offset length 0
let writes t buffer offset length = add t buffer offset length 1

let submit t data =
  let buffers = t.pending in
  t.pending <- [];
  let identity = submit_request t.ring in
  if identity >= 0 then begin
    t.requests.(identity) <- Request { data; buffers };
    true
  end
  else if identity = invalid then invalid_arg "Virtqueue.submit"
  else begin
    if identity <> full then ignore (fault identity);
    false
  end

let room t ~segments = if segments <= 0 then 0 else room_of t.ring segments
let publish t = publish_requests t.ring = 1

type 'a answer = Nothing | Done of 'a * int | Broken of fault

let release t identity =
  match t.requests.(identity) with
  | Request { data; _ } ->
      t.requests.(identity) <- Free;
      data
  | Free -> failwith "Virtqueue: the ring gives what it was not given"

let take t =
  let answer = take_used t.ring in
  if answer >= 0 then
    (* One after the other: the request is released first. *)
    let data = release t (answer land 0xffff) in
    Done (data, answer lsr 16)
  else if answer = nothing then Nothing
  else Broken (fault answer)

let want_interrupt t = want t.ring <> 0
let no_interrupt t = want_none t.ring
let in_flight t = count_in_flight t.ring

let abandon t =
  drop t;
  let rec go found =
    let identity = abandon_one t.ring in
    if identity >= 0 then go (release t identity :: found) else List.rev found
  in
  go []
