(* SPDX-License-Identifier: ISC
   Checksums and segments left to QEMU's virtio-net, whose other side is the Linux of the host; peer.py is behind that, and
   says what has arrived. *)

open Picos_std_structured
module Supervisor = Device_supervisor
module Net = Virtio.Net
module Checksum = Virtio.Checksum

let fail format = Printf.ksprintf failwith format
let expect what holds = if not holds then failwith what
let ok what = function Ok x -> x | Error error -> fail "%s: %s" what (Device.error_text error)

(* {1 Packets} *)

let peer_mac = "\x02peer!"
let here4 = "\x0a\x00\x00\x02"
let peer4 = "\x0a\x00\x00\x03"
let here6 = "\xfd" ^ String.make 14 '\000' ^ "\x02"
let peer6 = "\xfd" ^ String.make 14 '\000' ^ "\x03"
let udp = 17
let tcp = 6

let big n text = if n = 2 then (fun at value -> Bytes.set_uint16_be text at value) else fun at value -> Bytes.set_int32_be text at (Int32.of_int value)

(* In front of [length] bytes of a protocol. *)
let ip6 protocol length =
  let bytes = Bytes.make 40 '\000' in
  Bytes.set_uint8 bytes 0 0x60;
  big 2 bytes 4 length;
  Bytes.set_uint8 bytes 6 protocol;
  Bytes.set_uint8 bytes 7 64;
  Bytes.blit_string here6 0 bytes 8 16;
  Bytes.blit_string peer6 0 bytes 24 16;
  Bytes.to_string bytes

let ip4 protocol length =
  let bytes = Bytes.make 20 '\000' in
  Bytes.set_uint8 bytes 0 0x45;
  big 2 bytes 2 (20 + length);
  Bytes.set_uint8 bytes 8 64;
  Bytes.set_uint8 bytes 9 protocol;
  Bytes.blit_string here4 0 bytes 12 4;
  Bytes.blit_string peer4 0 bytes 16 4;
  Checksum.complete bytes { start = 0; offset = 10 };
  Bytes.to_string bytes

let pseudo4 protocol length = here4 ^ peer4 ^ Printf.sprintf "\000%c%c%c" (Char.chr protocol) (Char.chr (length lsr 8)) (Char.chr (length land 255))

let pseudo6 protocol length =
  let bytes = Bytes.make 8 '\000' in
  big 4 bytes 0 length;
  Bytes.set_uint8 bytes 7 protocol;
  here6 ^ peer6 ^ Bytes.to_string bytes

let sum text = Checksum.sum text 0 (String.length text)

let udp_header length =
  let bytes = Bytes.make 8 '\000' in
  big 2 bytes 0 1000;
  big 2 bytes 2 2000;
  big 2 bytes 4 (8 + length);
  big 2 bytes 6 (sum (pseudo4 udp (8 + length)));
  Bytes.to_string bytes

let tcp_header ~pseudo ~sequence =
  let bytes = Bytes.make 20 '\000' in
  big 2 bytes 0 1000;
  big 2 bytes 2 2000;
  big 4 bytes 4 sequence;
  Bytes.set_uint8 bytes 12 0x50;
  Bytes.set_uint8 bytes 13 0x18;
  big 2 bytes 14 65535;
  big 2 bytes 16 (sum pseudo);
  Bytes.to_string bytes

let ethernet net kind = peer_mac ^ Net.mac net ^ kind
let datagram net text =
  String.concat "" [ ethernet net "\x08\x00"; ip4 udp (8 + String.length text); udp_header (String.length text); text ]

let udp_place : Checksum.place = { start = 34; offset = 6 }

(* {1 Words with the peer} *)

(* The next datagram of the peer's, with what was said about it. *)
let rec answer net =
  let { Net.frame; header } = ok "receive" (Net.receive_whole net) in
  if String.length frame >= 42 && String.sub frame 0 6 = Net.mac net && String.sub frame 6 6 = peer_mac then (frame, header)
  else answer net

let text_of frame = String.sub frame 42 (String.length frame - 42)

(* Until an answer comes that is accepted. *)
let ask net send accept =
  let rec go tries =
    if tries = 0 then failwith "the peer does not answer";
    send ();
    let rec listen () = match accept (answer net) with Some x -> x | None -> listen () in
    match Control.terminate_after ~seconds:2. listen with x -> x | exception Control.Terminate -> go (tries - 1)
  in
  go 30

let data n = String.init n (fun i -> Char.chr (((i * 31) + (i lsr 8)) land 255))

(* The checksum is right when the frame is on the other side of the host, and that of the answer is left to us. *)
let echoes net =
  let partial = ref 0 in
  List.iteri
    (fun n length ->
      let text = Printf.sprintf "echo %05d" n ^ data length in
      let frame, (header : Virtio.Net_header.t) =
        ask net
          (fun () -> ok "send" (Net.send_checksum net udp_place (datagram net text)))
          (fun (frame, header) -> if text_of frame = text then Some (frame, header) else None)
      in
      (match header.checksum with
      | Partial place ->
          expect "UDP's checksum" (place = udp_place);
          incr partial
      | Valid | Unknown -> ());
      ignore frame)
    [ 0; 1; 2; 3; 100; 101; 1461; 1462 ];
  expect "checksums were left to us" (!partial = 8);
  (* By the way of those who do not want to know. *)
  let text = "echo 99999" ^ data 333 in
  ok "send" (Net.send_checksum net udp_place (datagram net text));
  let rec listen () =
    let frame = ok "receive" (Net.receive net) in
    if String.length frame > 42 && String.sub frame 6 6 = peer_mac && text_of frame = text then frame else listen ()
  in
  let frame = listen () in
  let pseudo = String.sub frame 26 8 ^ Printf.sprintf "\000\017%c%c" frame.[38] frame.[39] in
  expect "it is right" (Checksum.sum ~from:(sum pseudo) frame 34 (String.length frame - 34) = 0xffff)

let segment_data = 1400

(* The peer says how many segments there were, and that all were right. *)
let segments net (protocol : Virtio.Net_header.protocol) length =
  let sequence = 1 + (length lsl 16) in
  let text = data length in
  let total = 20 + length in
  let frame, header =
    match protocol with
    | Tcp4 ->
        (String.concat "" [ ethernet net "\x08\x00"; ip4 tcp total; tcp_header ~pseudo:(pseudo4 tcp total) ~sequence; text ], 54)
    | Tcp6 ->
        (String.concat "" [ ethernet net "\x86\xdd"; ip6 tcp total; tcp_header ~pseudo:(pseudo6 tcp total) ~sequence; text ], 74)
  in
  let expected = Printf.sprintf "tcp %d %d %d" sequence length ((length + segment_data - 1) / segment_data) in
  ask net
    (fun () -> ok "send" (Net.send_segments net { start = header - 20; offset = 16 } { protocol; header; data = segment_data } frame))
    (fun (frame, _) -> if text_of frame = expected then Some () else None)

(* The peer sends a frame that is to be segmented; it comes whole, or in pieces that have their checksums. *)
let large net ~whole length =
  let pieces = Hashtbl.create 16 in
  let have () = Hashtbl.fold (fun _ text n -> n + String.length text) pieces 0 in
  ask net
    (fun () -> ok "send" (Net.send_checksum net udp_place (datagram net (Printf.sprintf "large %d" length))))
    (fun (frame, (header : Virtio.Net_header.t)) ->
      if frame.[23] <> Char.chr tcp then None
      else begin
        let text = String.sub frame 54 (String.length frame - 54) in
        let sequence = Int32.to_int (String.get_int32_be frame 38) in
        (match header.segments with
        | Some { protocol = Tcp4; data; _ } ->
            expect "only where it was asked for" whole;
            expect "the size of segments" (data = segment_data)
        | Some _ -> failwith "of another protocol"
        | None -> expect "not longer than the link takes" (String.length frame <= 1514));
        Hashtbl.replace pieces sequence text;
        if have () = length then Some () else None
      end);
  let all = List.sort compare (List.of_seq (Hashtbl.to_seq pieces)) in
  expect "the same data" (String.concat "" (List.map snd all) = data length);
  if whole then expect "in one piece" (List.length all = 1) else expect "in pieces" (List.length all = (length + segment_data - 1) / segment_data)

let main () =
  let f = match Virtio.Pci.all Net.kind with [ f ] -> f | _ -> fail "one network card" in
  let round ~whole =
    Bundle.join_after ~on_return:`Terminate @@ fun drivers ->
    let supervisor = Supervisor.create "net" in
    let transport = ok "net" (Virtio.Pci.transport f) in
    Bundle.fork drivers (fun () -> ignore (Supervisor.run supervisor (fun ready -> Net.run ~large:whole transport ready)));
    let net = ok "net" (Supervisor.device supervisor) in
    expect "it computes checksums" (Net.computes_checksums net);
    expect "it makes segments" (Net.makes_segments net Tcp4 && Net.makes_segments net Tcp6);
    expect "large frames" (Net.takes_large net Tcp4 = whole);
    echoes net;
    List.iter
      (fun length ->
        segments net Tcp4 length;
        segments net Tcp6 length)
      [ 1; 1400; 1401; 20_000; 60_000 ];
    List.iter (large net ~whole) [ 3_000; 50_000 ];
    Net.finish net `Gone
  in
  round ~whole:false;
  round ~whole:true

let () =
  Picox_classes.run_on ~n_domains:(int_of_string Sys.argv.(1)) ~main_class:Drivers main;
  print_endline "all good"
