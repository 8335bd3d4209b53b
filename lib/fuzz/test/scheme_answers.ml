(* SPDX-License-Identifier: ISC *)

(* A process that serves a scheme and answers what the input says, in any order, with handles or without, and ends at some moment; and clients that
   ask it for everything. Each of them gets an answer that is one to its request, or an error; nothing is left of it at the end. *)

open Guided_fuzz
open Scheme
open Picos_std_structured
module Provider = Scheme_provider
module Packet = Scheme_packet

let create = { Request.reading with write = true; creation = If_missing }
let both_ways = { Request.reading with write = true }

(* Files that the server sends along. *)
let files_open = ref 0

let a_file () =
  incr files_open;
  let text = Scheme_standard.Tree.text_file "content" in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Close ->
        decr files_open;
        Ok ()
    | request -> text.perform request
  in
  Result.get_ok (Handle.make { text with perform })

(* The clients *)

let check_slice handle n =
  let slice = Slice.create n in
  match Handle.read_at handle 3 slice with Ok count -> require "not more than asked for" (count >= 0 && count <= n) | Error _ -> ()

let check_list handle =
  match Handle.request handle (List { from = 0; most = 10 }) with
  | Error _ -> ()
  | Ok entries ->
      require "not more entries" (List.length entries <= 10);
      List.iter (fun ((entry : Stat.entry), place) -> require "entries" (entry.name <> "" && place > 0 && not (String.contains entry.name '/'))) entries

let use handle kind =
  let ignore_result result = match result with Ok _ | Error (_ : Error.t) -> () in
  match kind mod 9 with
  | 0 -> check_slice handle 100
  | 1 -> (
      match Handle.write_at handle 0 (Slice.of_string "data") with
      | Ok n -> require "as much as there was, at most" (n >= 1 && n <= 4)
      | Error _ -> ())
  | 2 -> ( match Handle.stat handle with Ok stat -> require "a size" (stat.size >= 0) | Error _ -> ())
  | 3 -> check_list handle
  | 4 -> (
      match Handle.call handle { text = "call"; handles = [ a_file () ] } with
      | Ok { handles; _ } ->
          require "not more handles" (List.length handles <= Packet.most_handles);
          List.iter Handle.close handles
      | Error _ -> ())
  | 5 -> ignore_result (Handle.truncate handle 10)
  | 6 -> ignore_result (Handle.sync handle)
  | 7 -> check_slice handle 0
  | _ -> ignore_result (Handle.event handle { readable = true; writable = false; wait = true })

let client namespace uses =
  match Namespace.open_ namespace ~flags:both_ways "/scheme/it/f" with
  | Error _ -> ()
  | Ok handle -> Handle.using handle (fun handle -> List.iter (use handle) uses)

let by_path namespace kind =
  let nothing result = match result with Ok () | Error (_ : Error.t) -> () in
  match kind mod 4 with
  | 0 -> ( match Namespace.stat namespace "/scheme/it/f" with Ok stat -> require "a size" (stat.size >= 0) | Error _ -> ())
  | 1 -> nothing (Namespace.make_directory namespace "/scheme/it/d")
  | 2 -> ( match Namespace.list namespace "/scheme/it/" with Ok _ | Error _ -> ())
  | _ -> nothing (Namespace.unlink namespace "/scheme/it/f")

(* The server: a byte says what it does next. *)

let take_requests socket tags =
  let rec go left =
    match if left = 0 then Error Error.Would_block else Handle.event socket { readable = false; writable = true; wait = true } with
    | Ok { can_read = true; _ } -> (
        match Handle.call socket { text = ""; handles = [] } with
        | Ok { text; handles } ->
            List.iter Handle.close handles;
            (match Packet.decode_request text with
            | Some { body = Close; _ } | Some { body = Cancel; _ } -> ()
            | Some { tag; _ } -> tags := !tags @ [ tag ]
            | None -> failwith "the kernel's own packet is none");
            go (left - 1)
        | Error _ -> ())
    | Ok _ | Error _ -> ()
  in
  go 8

let answer s socket tags =
  let mode = byte s in
  let body =
    match mode land 3 with
    | 0 -> text s (byte s)
    | 1 ->
        let a = number s and b = number s in
        Packet.encode_answer { tag = 0; result = Ok (Packet.reply ~a ~b ~text:(text s (byte s)) ()) }
    | 2 -> Packet.encode_answer { tag = 0; result = Ok (Packet.stat_reply { kind = File; size = abs (number s) land max_int; id = byte s; lends = mode land 64 <> 0 }) }
    | _ -> Packet.encode_answer { tag = 0; result = Error (byte s) }
  in
  let bytes = Bytes.of_string body in
  (* To a request that is there, mostly. *)
  (if Bytes.length bytes >= 16 && mode land 4 = 0 then
     match !tags with
     | [] -> ()
     | all ->
         let tag = List.nth all (byte s mod List.length all) in
         tags := List.filter (( <> ) tag) all;
         Bytes.set_int64_le bytes 8 (Int64.of_int tag));
  if Bytes.length bytes >= 4 && mode land 8 = 0 then Bytes.set_int32_le bytes 0 (Int32.of_int (Bytes.length bytes));
  (* An empty one would ask for the next request. *)
  let packet = if Bytes.length bytes = 0 then "?" else Bytes.to_string bytes in
  if mode land 16 <> 0 then
    let handles = List.init (byte s mod 19) (fun _ -> a_file ()) in
    match Handle.call socket { text = packet; handles } with Ok { handles; _ } -> List.iter Handle.close handles | Error _ -> ()
  else match Handle.write socket (Slice.of_string packet) with Ok _ | Error _ -> ()

let rec turns n =
  if n > 0 then (
    Control.yield ();
    turns (n - 1))

let run input =
  let s = source input in
  files_open := 0;
  Picos_mux_fifo.run (fun () ->
      let provider = Provider.create () in
      let inside = Namespace.add Namespace.empty "it" (Provider.entrance provider) in
      let budget = Budget.create 64 in
      let outside = Namespace.with_budget (Namespace.add Namespace.empty "it" (Provider.service provider)) budget in
      Bundle.join_after ~on_return:`Terminate (fun all ->
          Bundle.fork all (fun () -> Provider.run provider);
          let socket = Result.get_ok (Namespace.open_ inside ~flags:create "/scheme/it") in
          turns 4;
          Bundle.join_after (fun clients ->
              let uses = List.init (byte s mod 5) (fun _ -> byte s) in
              for _ = 0 to byte s mod 3 do
                Bundle.fork clients (fun () -> client outside uses)
              done;
              let kind = byte s in
              Bundle.fork clients (fun () -> by_path outside kind);
              (* One that is canceled in the middle. *)
              let canceled = Bundle.fork_as_promise clients (fun () -> try client outside uses with Control.Terminate -> ()) in
              let tags = ref [] and steps = ref 0 in
              while not (is_empty s) && !steps < 200 do
                incr steps;
                turns 3;
                take_requests socket tags;
                if !steps = 5 then Promise.terminate canceled;
                answer s socket tags
              done;
              Promise.terminate canceled;
              Handle.close socket);
          turns 10;
          require "no handle is left" (Budget.used budget = 0));
      require "no file is left" (!files_open = 0))

let seeds =
  [
    "";
    "\002\000\001\001\000" ^ "\001\001\001\000\000" ^ "\001\004\000\005hello\000" ^ "\001\001\000\000\000";
    "\003\002\003\004\000\000" ^ "\001\001\001\000\000" ^ "\002\005\001\000" ^ "\001\000\000\000\000" ^ "\017\000\000\002ok\000\002";
    "\001\004\000\003" ^ "\017\001\001\000\000\001" ^ "\003\005\000\003\002\000";
  ]

let () = main "scheme_answers" ~seeds ~corpus:Corpus.scheme_answers run
