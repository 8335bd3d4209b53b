(* SPDX-License-Identifier: ISC *)

(* A process that was handed a device and does with the memory what the input says: requests, answers that it takes or not, and words of its
   own anywhere. The kernel never touches what is outside of the memory, never answers what was not asked, nor a buffer twice, and the session ends. *)

open Guided_fuzz
open Picos_std_structured

type client = { bytes : Bytes.t; inbound : int; outbound : int; capacity : int; mutable put : int; mutable got : int; mutable honest : bool }

let memory bytes =
  let inside offset count = require "inside of the memory" (offset >= 0 && count >= 0 && offset <= Bytes.length bytes - count) in
  {
    Handed.Memory.read =
      (fun offset into first count ->
        inside offset count;
        Bytes.blit bytes offset into first count);
    write =
      (fun offset from first count ->
        inside offset count;
        Bytes.blit from first bytes offset count);
  }

let get32 c at = Int32.to_int (Bytes.get_int32_le c at) land 0xffff_ffff
let get64 c at = Int64.to_int (Bytes.get_int64_le c at)

let client bytes =
  {
    bytes;
    inbound = get64 bytes 24;
    outbound = get64 bytes 32;
    capacity = get32 bytes 12;
    put = 0;
    got = 0;
    honest = true;
  }

let slot c ring n = ring + 256 + (n mod c.capacity * 32)

(* Requests that are out, by buffer. *)
type asked = (int, int) Hashtbl.t

let request c (asked : asked) ~kind ~buffer ~token ~length =
  let at = slot c c.outbound c.put in
  if get64 c.bytes at = c.put then (
    Bytes.set_int64_le c.bytes (at + 8) (Int64.of_int token);
    Bytes.set_int64_le c.bytes (at + 16) (Int64.of_int buffer);
    Bytes.set_int32_le c.bytes (at + 24) (Int32.of_int length);
    Bytes.set_int32_le c.bytes (at + 28) (Int32.of_int kind);
    Bytes.set_int64_le c.bytes at (Int64.of_int (c.put + 1));
    c.put <- c.put + 1;
    Hashtbl.replace asked buffer (kind land 0xffff_ffff))

(* As long as it has kept to the rules, what comes is an answer to what it has asked for. *)
let take_answers c (asked : asked) =
  let rec go left =
    let at = slot c c.inbound c.got in
    if left > 0 && get64 c.bytes at = c.got + 1 then (
      let buffer = get64 c.bytes (at + 16) and kind = get32 c.bytes (at + 28) in
      Bytes.set_int64_le c.bytes at (Int64.of_int (c.got + c.capacity));
      c.got <- c.got + 1;
      if c.honest then (
        require "an answer to what was asked" (Hashtbl.find_opt asked buffer = Some (kind land lnot 0x100));
        Hashtbl.remove asked buffer);
      go (left - 1))
  in
  go c.capacity

let block = 4096

(* What the device itself is asked for must be what it has. *)
let disk () =
  let count = 40 in
  let inside first n = require "blocks of the disk" (first >= 0 && n > 0 && first <= count - n) in
  Handed.Disk
    {
      count;
      read_only = false;
      read =
        (fun ~first ~count ->
          inside first count;
          Ok (Bytes.make (count * block) 'd'));
      write =
        (fun ~first bytes ->
          inside first (Bytes.length bytes / block);
          Ok ());
      flush = (fun () -> Error 5);
    }

let card () =
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
    require "a frame" (String.length frame > 0 && String.length frame <= 1514);
    Queue.push frame frames;
    Ok (Handed.Signal.notify came)
  in
  Handed.Net { mac = "\002\000\000\000\000\007"; mtu = 1500; send; receive }

let rec turns n =
  if n > 0 then (
    Control.yield ();
    turns (n - 1))

let step s c asked session ~kinds =
  match byte s mod 8 with
  | 0 | 1 ->
      let kind = 1 + (byte s mod 6) in
      let buffer = byte s mod (c.capacity + 1) in
      (* A buffer that is out already is against the rules, and so is one that there is not, or a kind. *)
      if Hashtbl.mem asked buffer || buffer >= c.capacity || not (List.mem kind kinds) then c.honest <- false;
      request c asked ~kind ~buffer ~token:(byte s mod 50) ~length:(byte s * 512)
  | 2 ->
      c.honest <- false;
      request c asked ~kind:(number s) ~buffer:(number s) ~token:(number s) ~length:(number s)
  | 3 -> take_answers c asked
  | 4 ->
      c.honest <- false;
      (* A word of a ring. *)
      let ring = if byte s land 1 = 0 then c.inbound else c.outbound in
      Bytes.set_int64_le c.bytes (ring + (8 * (word s mod ((256 + (32 * c.capacity)) / 8)))) (Int64.of_int (number s))
  | 5 ->
      c.honest <- false;
      Bytes.set_int64_le c.bytes (word s * 8 mod (Bytes.length c.bytes - 8)) (Int64.of_int (number s))
  | 6 ->
      Handed.kick session;
      turns (byte s mod 16)
  | _ -> turns (byte s mod 4)

let run input =
  let s = source input in
  let device, kinds = if byte s land 1 = 0 then (disk (), [ 3; 4; 5 ]) else (card (), [ 1; 2 ]) in
  Picos_mux_fifo.run (fun () ->
      let bytes = Bytes.create (Handed.size device) in
      let session = Handed.create device (memory bytes) in
      let c = client bytes and asked = Hashtbl.create 16 in
      let result = ref None in
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle (fun () -> result := Some (Handed.run session));
          let steps = ref 0 in
          while not (is_empty s) && !steps < 400 do
            incr steps;
            step s c asked session ~kinds
          done;
          Handed.kick session;
          turns 40;
          take_answers c asked;
          Handed.close session);
      match !result with
      | None -> failwith "the session does not end"
      | Some (Ok ()) -> ()
      | Some (Error why) -> require why (not c.honest))

let seeds =
  [
    "\000\000\002\001\005\010\006\010\003";
    "\001\001\001\002\000\000\001\000\003\000\001\006\020\003";
    "\000\002\200\200\200\200\006\010";
    "\000\004\001\010\000\200\006\010\005\000\010\201\006\002";
  ]

let () = main "device_rings" ~seeds ~corpus:Corpus.device_rings run
