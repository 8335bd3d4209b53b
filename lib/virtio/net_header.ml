(* SPDX-License-Identifier: ISC *)

module Dma = Machine.Dma

(* Flags, kind of segmentation; bytes of headers, bytes of data in a segment, where the sum starts, where the checksum is from
   there, number of buffers. *)
let size = 12
let flags_at = 0
let kind_at = 1
let header_at = 2
let data_at = 4
let start_at = 6
let offset_at = 8
let buffers_at = 10
let needs_checksum = 1
let data_valid = 2

type protocol = Tcp4 | Tcp6
type segments = { protocol : protocol; header : int; data : int }
type checksum = Unknown | Valid | Partial of Checksum.place
type t = { checksum : checksum; segments : segments option }

let kind_of = function Tcp4 -> 1 | Tcp6 -> 4

(* Beside the kind: TCP's congestion bit, which changes nothing for who takes the frame whole. *)
let congestion = 0x80

let write buffer { checksum; segments } =
  Dma.fill buffer 0 size '\000';
  (match checksum with
  | Unknown -> ()
  | Valid -> Dma.set8 buffer flags_at data_valid
  | Partial { start; offset } ->
      Dma.set8 buffer flags_at needs_checksum;
      Dma.set16 buffer start_at start;
      Dma.set16 buffer offset_at offset);
  Option.iter
    (fun { protocol; header; data } ->
      Dma.set8 buffer kind_at (kind_of protocol);
      Dma.set16 buffer header_at header;
      Dma.set16 buffer data_at data)
    segments

let buffers buffer = Dma.get16 buffer buffers_at

let read text ~checksums ~takes =
  let length = String.length text - size in
  let flags = Char.code text.[flags_at] and kind = Char.code text.[kind_at] land lnot congestion in
  let word at = String.get_uint16_le text at in
  let checksum =
    (* Where none were negotiated the flags mean nothing. *)
    if not checksums then Ok Unknown
    else if flags land needs_checksum <> 0 then
      let place : Checksum.place = { start = word start_at; offset = word offset_at } in
      if Checksum.fits place ~length then Ok (Partial place) else Error "a frame's checksum is not within it"
    else Ok (if flags land data_valid <> 0 then Valid else Unknown)
  in
  let segments =
    match List.find_opt (fun protocol -> kind_of protocol = kind) [ Tcp4; Tcp6 ] with
    | None when kind = 0 -> Ok None
    | Some protocol when takes protocol ->
        (* The device's count of headers is a hint only. *)
        let data = word data_at in
        if data = 0 then Error "segments without data" else Ok (Some { protocol; header = min (word header_at) length; data })
    | _ -> Error "segments that were not negotiated"
  in
  match (checksum, segments) with
  | Ok checksum, Ok segments -> Ok { checksum; segments }
  | Error what, _ | _, Error what -> Error ("the device gives " ^ what)
