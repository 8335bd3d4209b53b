(* SPDX-License-Identifier: ISC *)

type data = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

external open_stack : data -> int -> bool = "device_client_open" [@@noalloc]
external put_item : data -> int -> int array -> bool = "device_client_put" [@@noalloc]
external get_item : data -> int -> int array -> bool = "device_client_get" [@@noalloc]

type kind = Net of { mac : string; mtu : int } | Disk of { blocks : int; read_only : bool }

type t = {
  descriptor : Unix.file_descr;
  data : data;
  inbound : int;
  outbound : int;
  buffers_at : int;
  buffers : int;
  buffer_size : int;
  kind : kind;
  scratch : int array;
}

type item = { request : int; token : int; buffer : int; length : int; failed : bool }

let send = 1
let receive = 2
let read = 3
let write = 4
let flush = 5
let failed = 0x100
let text (data : data) at length = String.init length (fun i -> data.{at + i})
let get32 data at = Int32.to_int (String.get_int32_le (text data at 4) 0) land 0xffff_ffff
let get64 data at = Int64.to_int (String.get_int64_le (text data at 8) 0)

let connect name =
  let descriptor = Unix.openfile ("/scheme/device/" ^ name) [ O_RDWR; O_CLOEXEC ] 0 in
  let size = (Unix.fstat descriptor).st_size in
  let data = Bigarray.array1_of_genarray (Unix.map_file descriptor Char C_layout true [| size |]) in
  let kind =
    match get32 data 8 with
    | 1 -> Net { mac = text data 64 6; mtu = get32 data 72 }
    | 2 -> Disk { blocks = get64 data 72; read_only = get32 data 64 = 1 }
    | _ -> failwith "Device_client.connect: a device of another kind"
  in
  let inbound = get64 data 24 and outbound = get64 data 32 in
  if text data 0 4 <> "bdev" || get32 data 4 <> 1 || not (open_stack data inbound && open_stack data outbound) then
    failwith "Device_client.connect: a layout of another version";
  {
    descriptor;
    data;
    inbound;
    outbound;
    buffers_at = get64 data 40;
    buffers = get32 data 48;
    buffer_size = get32 data 52;
    kind;
    scratch = Array.make 4 0;
  }

let close t = Unix.close t.descriptor
let kind t = t.kind
let descriptor t = t.descriptor
let buffers t = t.buffers
let buffer_size t = t.buffer_size

let memory t buffer =
  if buffer < 0 || buffer >= t.buffers then invalid_arg "Device_client.memory: no such buffer";
  Bigarray.Array1.sub t.data (t.buffers_at + (buffer * t.buffer_size)) t.buffer_size

let put t { request; token; buffer; length; failed = _ } =
  t.scratch.(0) <- token;
  t.scratch.(1) <- buffer;
  t.scratch.(2) <- length;
  t.scratch.(3) <- request;
  put_item t.data t.outbound t.scratch

let get t =
  if get_item t.data t.inbound t.scratch then
    let kind = t.scratch.(3) in
    Some
      {
        request = kind land lnot failed;
        token = t.scratch.(0);
        buffer = t.scratch.(1);
        length = t.scratch.(2);
        failed = kind land failed <> 0;
      }
  else None

let word = Bytes.make 8 '\001'
let announce t = ignore (Unix.write t.descriptor word 0 8)

let rec await t =
  match Unix.read t.descriptor (Bytes.create 8) 0 8 with _ -> () | exception Unix.Unix_error (EINTR, _, _) -> await t

exception Failed of int

let rec answer t =
  match get t with
  | Some item -> item
  | None ->
      await t;
      answer t

let call t ~request ~token ~buffer ~length =
  if not (put t { request; token; buffer; length; failed = false }) then failwith "Device_client.call: there are others";
  announce t;
  let { length; failed; _ } = answer t in
  if failed then raise (Failed length) else length
