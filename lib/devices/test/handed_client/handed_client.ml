(* SPDX-License-Identifier: ISC *)

let memory bytes =
  {
    Handed.Memory.read = (fun offset into first count -> Bytes.blit bytes offset into first count);
    write = (fun offset from first count -> Bytes.blit from first bytes offset count);
  }

type t = {
  bytes : Bytes.t;
  inbound : int;
  outbound : int;
  capacity : int;
  buffers : int;
  buffer_size : int;
  mutable put : int;
  mutable got : int;
}

let word32 bytes at = Int32.to_int (Bytes.get_int32_le bytes at) land 0xffff_ffff
let word64 bytes at = Int64.to_int (Bytes.get_int64_le bytes at)
let get32 t at = word32 t.bytes at
let get64 t at = word64 t.bytes at
let set64 t at n = Bytes.set_int64_le t.bytes at (Int64.of_int n)
let set32 t at n = Bytes.set_int32_le t.bytes at (Int32.of_int n)

let create bytes =
  {
    bytes;
    inbound = word64 bytes 24;
    outbound = word64 bytes 32;
    capacity = word32 bytes 12;
    buffers = word64 bytes 40;
    buffer_size = word32 bytes 52;
    put = 0;
    got = 0;
  }

let slot t stack n = stack + 256 + (n mod t.capacity * 32)
let buffer t n = t.buffers + (n * t.buffer_size)

let request t ?(token = 0) ~kind ~buffer ~length () =
  let at = slot t t.outbound t.put in
  let free = get64 t at = t.put in
  if free then begin
    set64 t (at + 8) token;
    set64 t (at + 16) buffer;
    set32 t (at + 24) length;
    set32 t (at + 28) kind;
    set64 t at (t.put + 1);
    t.put <- t.put + 1
  end;
  free

let answer t =
  let at = slot t t.inbound t.got in
  if get64 t at <> t.got + 1 then None
  else begin
    let answer = (get32 t (at + 28), get64 t (at + 16), get32 t (at + 24)) in
    set64 t at (t.got + t.capacity);
    t.got <- t.got + 1;
    Some answer
  end

let card ?(sent = ignore) () =
  let frames = Queue.create () and came = Handed.Signal.create () in
  let rec receive () =
    let seen = Handed.Signal.count came in
    match Queue.take_opt frames with
    | Some frame -> Ok frame
    | None ->
        ignore (Handed.Signal.await came ~above:seen);
        receive ()
  in
  let send frame =
    sent frame;
    Queue.push frame frames;
    Ok (Handed.Signal.notify came)
  in
  Handed.Net { mac = "\002\000\000\000\000\007"; mtu = 1500; send; receive }

let turns n =
  for _ = 1 to n do
    Picos_std_structured.Control.yield ()
  done
