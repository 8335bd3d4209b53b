(* SPDX-License-Identifier: ISC *)

(* A process that was handed a device and does with the memory what the input says: requests, answers that it takes or not, and words of its
   own anywhere. The kernel never touches what is outside of the memory, never answers what was not asked, nor a buffer twice, and the session ends. *)

open Guided_fuzz
open Picos_std_structured

(* Requests that are out, by buffer. *)
type asked = (int, int) Hashtbl.t

type client = { end_ : Handed_client.t; asked : asked; mutable honest : bool }

let request c ~kind ~buffer ~token ~length =
  if Handed_client.request c.end_ ~token ~kind ~buffer ~length () then Hashtbl.replace c.asked buffer (kind land 0xffff_ffff)

(* As long as it has kept to the rules, what comes is an answer to what it has asked for. *)
let take_answers c =
  let rec go left =
    if left > 0 then
      match Handed_client.answer c.end_ with
      | None -> ()
      | Some (kind, buffer, _) ->
          if c.honest then (
            require "an answer to what was asked" (Hashtbl.find_opt c.asked buffer = Some (kind land lnot 0x100));
            Hashtbl.remove c.asked buffer);
          go (left - 1)
  in
  go c.end_.capacity

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

let card () = Handed_client.card ~sent:(fun frame -> require "a frame" (String.length frame > 0 && String.length frame <= 1514)) ()
let turns = Handed_client.turns

let step s c session ~kinds =
  let { Handed_client.bytes; inbound; outbound; capacity; _ } = c.end_ in
  match byte s mod 8 with
  | 0 | 1 ->
      let kind = 1 + (byte s mod 6) in
      let buffer = byte s mod (capacity + 1) in
      (* A buffer that is out already is against the rules, and so is one that there is not, or a kind. *)
      if Hashtbl.mem c.asked buffer || buffer >= capacity || not (List.mem kind kinds) then c.honest <- false;
      request c ~kind ~buffer ~token:(byte s mod 50) ~length:(byte s * 512)
  | 2 ->
      c.honest <- false;
      request c ~kind:(number s) ~buffer:(number s) ~token:(number s) ~length:(number s)
  | 3 -> take_answers c
  | 4 ->
      c.honest <- false;
      (* A word of a ring. *)
      let ring = if byte s land 1 = 0 then inbound else outbound in
      Bytes.set_int64_le bytes (ring + (8 * (word s mod ((256 + (32 * capacity)) / 8)))) (Int64.of_int (number s))
  | 5 ->
      c.honest <- false;
      Bytes.set_int64_le bytes (word s * 8 mod (Bytes.length bytes - 8)) (Int64.of_int (number s))
  | 6 ->
      Handed.kick session;
      turns (byte s mod 16)
  | _ -> turns (byte s mod 4)

let run input =
  let s = source input in
  let device, kinds = if byte s land 1 = 0 then (disk (), [ 3; 4; 5 ]) else (card (), [ 1; 2 ]) in
  Picos_mux_fifo.run (fun () ->
      let bytes = Bytes.create (Handed.size device) in
      let session = Handed.create device (Handed_client.memory bytes) in
      let c = { end_ = Handed_client.create bytes; asked = Hashtbl.create 16; honest = true } in
      let result = ref None in
      Bundle.join_after (fun bundle ->
          Bundle.fork bundle (fun () -> result := Some (Handed.run session));
          let steps = ref 0 in
          while not (is_empty s) && !steps < 400 do
            incr steps;
            step s c session ~kinds
          done;
          Handed.kick session;
          turns 40;
          take_answers c;
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
