(* SPDX-License-Identifier: ISC *)

open Scheme
open Scheme_standard
module Blocks = Redoxfs.Blocks
module Dma = Machine.Dma

let ( let* ) = Result.bind

let error_of : Device.error -> Error.t = function
  | `Gone | `Reset | `Malformed _ | `Failed -> Io
  | `Unsupported -> Unsupported
  | `Read_only -> Read_only
  | `Out_of_range -> Invalid

let of_device result = Result.map_error error_of result

(* Disks *)

let most_blocks = 64

let read_bytes (blocks : Blocks.t) at into =
  let size = blocks.count * Blocks.size in
  if at >= size then Ok 0
  else
    let first = at / Blocks.size and skip = at mod Blocks.size in
    let length = min (Loan.length into) (size - at) in
    let count = min most_blocks ((skip + length + Blocks.size - 1) / Blocks.size) in
    if length = 0 then Ok 0
    else
      let buffer = Dma.create (count * Blocks.size) in
      let* () = of_device (blocks.read ~first ~count buffer) in
      Ok (Loan.fill_string into (Dma.sub_string buffer 0 (count * Blocks.size)) skip)

let write_bytes (blocks : Blocks.t) at from =
  let length = min (Loan.length from) (most_blocks * Blocks.size) in
  let count = length / Blocks.size in
  if at mod Blocks.size <> 0 || length mod Blocks.size <> 0 then Error Error.Invalid
  else if count = 0 then Ok 0
  else if at / Blocks.size > blocks.count - count then Error Error.No_space
  else
    let buffer = Dma.create length in
    let text = Loan.use from (fun slice -> Slice.to_string (Slice.sub slice 0 length)) in
    Dma.blit_from_string text 0 buffer 0 length;
    let* () = of_device (blocks.write ~first:(at / Blocks.size) ~count buffer) in
    Ok length

let ready : Request.ready = { can_read = true; can_write = true; ended = false }

(* While a server has the device it is nobody else's. *)
let unless claim f = if Claim.is_taken claim then Error Error.Busy else f ()

let block_file claim (blocks : Blocks.t) : Handle.file =
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at = At at; into } -> unless claim (fun () -> read_bytes blocks at into)
    | Read _ -> Error Invalid
    | Write { at = At at; from } -> unless claim (fun () -> write_bytes blocks at from)
    | Write _ -> Error Invalid
    | Stat -> Ok (Stat.make ~size:(blocks.count * Blocks.size) ~read_only:blocks.read_only File)
    | Sync -> of_device (blocks.flush ())
    | Event _ -> Ok ready
    | Truncate _ -> Error Invalid
    | Set_times _ -> Error Unsupported
    | Map _ -> Error Unsupported
    | List _ -> Error Not_directory
    | Call message ->
        List.iter Handle.close message.handles;
        Error Unsupported
    | Close -> Ok ()
  in
  { seekable = true; perform }

let disk disks =
  let file claim blocks = Tree.File (fun _ -> Ok (block_file claim blocks)) in
  let entries (disk : Storage.disk) =
    (disk.name, file disk.claim disk.blocks)
    :: List.mapi (fun i (_, blocks) -> (Printf.sprintf "%sp%d" disk.name (i + 1), file (Claim.part disk.claim i) blocks)) disk.partitions
  in
  Tree.service (Directory (List.concat_map entries disks))

(* Network cards *)

let net cards =
  let card ({ name; net; claim } : Network.card) =
    let device () = of_device (Device_supervisor.device net) in
    let read into =
      unless claim @@ fun () ->
      let* net = device () in
      let* frame = of_device (Virtio.Net.receive net) in
      Ok (Loan.fill_string into frame 0)
    in
    let write from =
      unless claim @@ fun () ->
      let* net = device () in
      let frame = Loan.use from Slice.to_string in
      if frame = "" || String.length frame > Virtio.Net.mtu net + 14 then Error Error.Invalid
      else
        let* () = of_device (Virtio.Net.send net frame) in
        Ok (String.length frame)
    in
    let event (interest : Request.interest) : (Request.ready, Error.t) result =
      unless claim @@ fun () ->
      let* net = device () in
      if interest.wait && not interest.writable then Virtio.Net.await_frame net;
      Ok { Request.can_read = Virtio.Net.has_frame net; can_write = true; ended = false }
    in
    let mac () =
      let* net = device () in
      let bytes = List.map (fun c -> Printf.sprintf "%02x" (Char.code c)) (List.of_seq (String.to_seq (Virtio.Net.mac net))) in
      Ok (String.concat ":" bytes ^ "\n")
    in
    (name, Tree.Directory [ ("frames", File (fun _ -> Ok (Tree.stream ~read ~write ~event ()))); ("mac", Text mac) ])
  in
  Tree.service (Directory (List.map card cards))

(* The rest *)

let pci () =
  let text () = String.concat "" (List.map (Format.asprintf "%a@." Machine.Pci.pp) (Machine.Pci.all ())) in
  Tree.service (Tree.text text)

let irq () =
  let line (number, count) = Printf.sprintf "%d %d\n" number count in
  Tree.service (Tree.text (fun () -> String.concat "" (List.map line (Device_interrupt.counts ()))))

let trace () =
  let tracing = Atomic.make false in
  let text () =
    if Atomic.get tracing then "tracing\n"
    else begin
      let file = Filename.temp_file "trace" ".json" in
      Fun.protect
        ~finally:(fun () -> Sys.remove file)
        (fun () ->
          Out_channel.with_open_bin file Picox_trace.write;
          In_channel.with_open_bin file In_channel.input_all)
    end
  in
  let write from =
    let word = Loan.use from Slice.to_string in
    match String.trim word with
    | "start" when Atomic.compare_and_set tracing false true ->
        Picox_trace.start ();
        Ok (String.length word)
    | "stop" when Atomic.compare_and_set tracing true false ->
        Picox_trace.stop ();
        Ok (String.length word)
    | "start" | "stop" -> Error Error.Busy
    | _ -> Error Error.Invalid
  in
  let open_ (flags : Request.flags) =
    if flags.write then Ok (Tree.stream ~write ()) else match text () with text -> Ok (Tree.text_file text) | exception Sys_error _ -> Error Error.Io
  in
  Tree.service (File open_)
