(* SPDX-License-Identifier: ISC *)

(* What a process asks for by the call that carries descriptors: its struct, and packets of both kinds. Nothing that is out of bounds is
   decoded, and what is decoded is what was written. *)

open Guided_fuzz
module Call = Process.Scheme_call
module Packet = Scheme_packet

let check_call text =
  let bytes = Bytes.make Call.size '\000' in
  Bytes.blit_string text 0 bytes 0 (min (String.length text) Call.size);
  let u32 at = Int32.to_int (Bytes.get_int32_le bytes at) land 0xffff_ffff in
  let is_allowed = u32 8 <= Call.most_text && u32 12 <= Call.most_handles && u32 36 <= Call.most_handles && u32 52 <= 1 in
  match Call.decode bytes with
  | Error _ -> require "it is refused for nothing" (not is_allowed)
  | Ok { text; text_size; sent; sent_count; answer; answer_room; received; received_room; close_on_exec } ->
      require "it is decoded out of bounds" is_allowed;
      let address at n = require "an address" (n = min_int || (n >= 0 && Int64.equal (Int64.of_int n) (Bytes.get_int64_le bytes at))) in
      List.iter2 address [ 0; 16; 24; 40 ] [ text; sent; answer; received ];
      require "numbers"
        ((text_size, sent_count, answer_room, received_room, close_on_exec) = (u32 8, u32 12, u32 32, u32 36, u32 52 = 1))

(* What can be encoded again must be decoded to the same. *)
let check_request text =
  match Packet.decode_request text with
  | None -> ()
  | Some request ->
      require "numbers" (request.tag >= 0 && request.file >= 0);
      require "the same request" (Packet.decode_request (Packet.encode_request request) = Some request)

let check_answer text =
  match Packet.decode_answer text with
  | None -> ()
  | Some ({ tag; result } as answer) -> (
      require "a tag" (tag >= 0);
      require "the same answer" (Packet.decode_answer (Packet.encode_answer answer) = Some answer);
      match result with
      | Error errno -> require "an error" (errno <> 0)
      | Ok reply ->
          Option.iter
            (fun (stat : Packet.stat) ->
              require "sizes" (stat.size >= 0 && stat.id >= 0);
              require "the same stat" (Packet.stat_of (Packet.stat_reply stat) = Some stat))
            (Packet.stat_of reply);
          let check_entries (entries : Packet.entry list) =
            require "not more" (List.length entries <= 100);
            ignore
              (List.fold_left
                 (fun before (entry : Packet.entry) ->
                   require "places grow" (entry.place > before);
                   require "a name" (entry.name <> "" && entry.name <> "." && entry.name <> ".." && not (String.contains entry.name '/'));
                   entry.place)
                 5 entries);
            require "the same entries" (Packet.entries_of ~from:5 ~most:100 (Packet.list_reply entries) = Some entries)
          in
          Option.iter check_entries (Packet.entries_of ~from:5 ~most:100 reply))

(* A packet that says its own size gets further. *)
let mended text =
  let bytes = Bytes.of_string text in
  if Bytes.length bytes >= 4 then Bytes.set_int32_le bytes 0 (Int32.of_int (Bytes.length bytes));
  Bytes.to_string bytes

(* And one that says those of its texts. *)
let with_texts header at text =
  if String.length text < header then mended text
  else
    let bytes = Bytes.of_string (mended text) in
    let size = String.length text - header in
    let second = if at = 40 then min size (Char.code text.[44]) else 0 in
    Bytes.set_int32_le bytes at (Int32.of_int (size - second));
    Bytes.set_int32_le bytes (at + 4) (Int32.of_int second);
    Bytes.to_string bytes

let run input =
  let s = source input in
  match byte s mod 5 with
  | 0 -> check_call (text s max_int)
  | 1 -> check_request (mended (text s max_int))
  | 2 -> check_answer (mended (text s max_int))
  | 3 -> check_request (with_texts 48 40 (text s max_int))
  | _ -> check_answer (with_texts 40 32 (text s max_int))

let seeds =
  let open Packet in
  let request body = "\001" ^ encode_request { tag = 7; file = 3; body } in
  let answer result = "\002" ^ encode_answer { tag = 7; result } in
  [
    "\000" ^ String.make Call.size '\000';
    request (Open { path = "a/b"; flags = { read = true; write = true; append = false; create = true; exclusive = false; truncate = false; directory = false } });
    request (Rename { from = "a"; into = "b"; replace = true });
    request (Read { at = At 4096; most = 100 });
    request (Write { at = End; data = "data" });
    request (Map { offset = 0; length = 65536; write = true });
    request (Set_times { accessed_ns = Some 5; modified_ns = None });
    request Cancel;
    answer (Ok (opened 3));
    answer (Ok (stat_reply { kind = File; size = 10; id = 4; lends = true }));
    answer (Ok (list_reply [ { name = "x"; kind = Directory; id = 1; place = 6 }; { name = "y"; kind = File; id = 2; place = 9 } ]));
    answer (Error 5);
  ]

let () = main "scheme_calls" ~seeds ~corpus:Corpus.scheme_calls run
