(* SPDX-License-Identifier: ISC
   Checksums and segments that are left to a network card: what it is told, and what it may say. *)

open Virtio
open Picox_check.Check
module Supervisor = Device_supervisor

let ok = Drivers.ok
let is_error = Drivers.is_error
let features = List.fold_left (fun set feature -> set lor (1 lsl feature)) 0
let csum = 0
let guest_csum = 1
let guest_tso4 = 7
let host_tso4 = 11
let mergeable = 15

(* A card that keeps what is sent, header and all, and gives what the test puts into [coming]. *)
type card = { fake : Fake.t; sent : string Queue.t; coming : string Queue.t; room : (Fake.ring * Fake.request) Queue.t; accepted : int ref }

let card offered =
  let fake = Fake.device ~kind:Net.kind ~queues:2 (offered lor (3 lsl 28)) in
  let accepted = ref 0 in
  let fake = { fake with transport = { fake.transport with accept = (fun features -> accepted := features) } } in
  { fake; sent = Queue.create (); coming = Queue.create (); room = Queue.create (); accepted }

(* Each frame that is sent makes one come. *)
let handle card (fake : Fake.t) queue ring (request : Fake.request) =
  if queue = 0 then Queue.push (ring, request) card.room
  else begin
    Queue.push (Fake.contents request.reads) card.sent;
    Fake.use ring request.head 0;
    let rec look ring = match Fake.take ring with Some r -> Queue.push (ring, r) card.room; look ring | None -> () in
    Option.iter look fake.rings.(0);
    let rec give text =
      let ring, (request : Fake.request) = Queue.pop card.room in
      let n = Fake.put request.writable text in
      Fake.use ring request.head n;
      if n < String.length text then give (String.sub text n (String.length text - n))
    in
    match Queue.take_opt card.coming with
    | Some text ->
        give text;
        Device_interrupt.raise fake.interrupts.(0)
    | None -> ()
  end

let with_card ?large offered body =
  let card = card offered in
  Drivers.with_driver card.fake
    (fun transport -> Net.run ?large transport)
    (handle card)
    (fun supervisor ended -> body card (ok "net" (Supervisor.device supervisor)) ended)

let header ?(flags = 0) ?(kind = 0) ?(headers = 0) ?(data = 0) ?(start = 0) ?(offset = 0) ?(buffers = 1) () =
  let bytes = Bytes.make Net_header.size '\000' in
  Bytes.set_uint8 bytes 0 flags;
  Bytes.set_uint8 bytes 1 kind;
  List.iter (fun (at, n) -> Bytes.set_uint16_le bytes at n) [ (2, headers); (4, data); (6, start); (8, offset); (10, buffers) ];
  Bytes.to_string bytes

let frame n = String.init n (fun i -> Char.chr ((i * 7) land 255))
let place : Checksum.place = { start = 34; offset = 6 }

(* The same by another way: byte by byte, carries at once. *)
let slow_sum text start =
  let sum = ref 0 in
  String.iteri
    (fun i c ->
      if i >= start then begin
        sum := !sum + (Char.code c lsl if (i - start) land 1 = 0 then 8 else 0);
        if !sum > 0xffff then sum := !sum - 0xffff
      end)
    text;
  !sum

let without_header text = String.sub text Net_header.size (String.length text - Net_header.size)

let rec soon what condition tries =
  if not (condition ()) then
    if tries = 0 then failwith what
    else begin
      Picos.Fiber.sleep ~seconds:0.001;
      soon what condition (tries - 1)
    end

let sent card =
  soon "a frame is sent" (fun () -> not (Queue.is_empty card.sent)) 20_000;
  Queue.pop card.sent

let here main () = Picos_mux_fifo.run main

let () =
  test "sums" (fun () ->
      List.iter
        (fun n ->
          let text = frame n in
          equal "sum" (slow_sum text 0) (Checksum.sum text 0 n);
          if n >= 42 then begin
            let bytes = Bytes.of_string text in
            Checksum.complete bytes place;
            (* It is the complement of all that was there. *)
            equal "complete" (lnot (slow_sum text 34) land 0xffff) (Bytes.get_uint16_be bytes 40);
            Bytes.set_uint16_be bytes 40 (String.get_uint16_be text 40);
            that "nothing else" (Bytes.to_string bytes = text)
          end)
        [ 0; 1; 2; 41; 42; 43; 1514; 65535 ];
      (* Of a datagram: RFC 1071's own example. *)
      equal "the example" 0xddf2 (Checksum.sum "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7" 0 8);
      let zero = Bytes.make 4 '\255' in
      Checksum.complete zero { start = 0; offset = 2 };
      equal "never zero" 0xffff (Bytes.get_uint16_be zero 2);
      List.iter
        (fun place -> that "does not fit" (not (Checksum.fits place ~length:50)))
        [ { Checksum.start = 50; offset = 0 }; { start = 40; offset = 9 }; { start = -1; offset = 4 }; { start = 4; offset = -1 }; { start = max_int; offset = 1 }; { start = 4; offset = max_int } ];
      that "fits" (Checksum.fits { start = 40; offset = 8 } ~length:50);
      raises "out of the text" is_invalid (fun () -> Checksum.sum "abc" 2 2));

  test "features that need others"
    (here (fun () ->
         let negotiated ?large offered =
           let found = ref 0 in
           with_card ?large (features offered) (fun card _ _ -> found := !(card.accepted) land features [ 0; 1; 7; 8; 11; 12 ]);
           !found
         in
         equal "all" (features [ 0; 1; 11; 12 ]) (negotiated [ 0; 1; 7; 8; 11; 12; 15 ]);
         equal "large" (features [ 0; 1; 7; 8; 11; 12 ]) (negotiated ~large:true [ 0; 1; 7; 8; 11; 12; 15 ]);
         equal "no room for large ones" (features [ 0; 1 ]) (negotiated ~large:true [ 0; 1; 7; 8 ]);
         equal "without checksums" 0 (negotiated ~large:true [ 7; 8; 11; 12; 15 ])));

  test "the device computes checksums"
    (here (fun () ->
         with_card (features [ csum ]) (fun card net _ ->
             that "it does" (Net.computes_checksums net);
             ok "send" (Net.send_checksum net place (frame 61));
             that "its header" (sent card = header ~buffers:0 ~flags:1 ~start:34 ~offset:6 () ^ frame 61);
             ok "send" (Net.send net (frame 61));
             that "nothing stays" (sent card = header ~buffers:0 () ^ frame 61);
             raises "not within" is_invalid (fun () -> Net.send_checksum net { start = 60; offset = 0 } (frame 61));
             raises "Ethernet's" is_invalid (fun () -> Net.send_checksum net { start = 12; offset = 6 } (frame 61));
             that "too long" (is_error `Out_of_range (Net.send_checksum net place (frame 1600))))));

  test "it does not, so they are computed here"
    (here (fun () ->
         with_card 0 (fun card net _ ->
             that "it does not" (not (Net.computes_checksums net));
             ok "send" (Net.send_checksum net place (frame 61));
             let text = sent card in
             that "no flags" (String.sub text 0 10 = String.make 10 '\000');
             let got = without_header text in
             let expected = lnot (slow_sum (frame 61) 34) land 0xffff in
             equal "the checksum" expected (String.get_uint16_be got 40);
             that "all else" (String.sub got 0 40 = String.sub (frame 61) 0 40);
             that "no segments"
               (is_error `Unsupported
                  (Net.send_segments net { start = 34; offset = 16 } { protocol = Tcp4; header = 54; data = 1000 } (frame 5000))))));

  test "the device makes segments"
    (here (fun () ->
         with_card (features [ csum; host_tso4 ]) (fun card net _ ->
             let place : Checksum.place = { start = 34; offset = 16 } in
             let segments : Net_header.segments = { protocol = Tcp4; header = 54; data = 1400 } in
             (* More than there are places for large ones to be kept. *)
             for n = 1 to 40 do
               let text = frame (if n land 1 = 0 then 54 + (n * 1500) else 100) in
               ok "send" (Net.send_segments net place segments text);
               that "its header" (sent card = header ~buffers:0 ~flags:1 ~kind:1 ~headers:54 ~data:1400 ~start:34 ~offset:16 () ^ text)
             done;
             let longest = 14 + 4 + 65535 in
             ok "the longest" (Net.send_segments net place segments (frame longest));
             equal "all of it" (12 + longest) (String.length (sent card));
             that "too long" (is_error `Out_of_range (Net.send_segments net place segments (frame (longest + 1))));
             that "too large segments"
               (is_error `Out_of_range (Net.send_segments net place { segments with data = 1470 } (frame 5000)));
             that "another protocol" (is_error `Unsupported (Net.send_segments net place { segments with protocol = Tcp6 } (frame 5000)));
             List.iter
               (fun (place, segments) ->
                 raises "cannot be" is_invalid (fun () -> Net.send_segments net place segments (frame 5000)))
               [
                 ({ place with start = 40 }, segments);
                 (place, { segments with header = 5001 });
                 (place, { segments with data = 0 });
                 ({ start = 10; offset = 16 }, segments);
               ])));

  test "frames that come"
    (here (fun () ->
         let offered = features [ guest_csum; guest_tso4; mergeable ] in
         with_card ~large:true offered (fun card net _ ->
             let come text =
               Queue.push text card.coming;
               ok "send" (Net.send net (frame 60));
               ignore (sent card)
             in
             let whole text =
               come text;
               ok "receive" (Net.receive_whole net)
             in
             let got = whole (header () ^ frame 100) in
             that "unknown" (got = { frame = frame 100; header = { checksum = Unknown; segments = None } });
             that "valid" ((whole (header ~flags:2 () ^ frame 100)).header.checksum = Valid);
             let partial = header ~flags:1 ~start:34 ~offset:6 () ^ frame 101 in
             let got = whole partial in
             that "partial" (got.header.checksum = Partial place && got.frame = frame 101);
             come partial;
             let completed = ok "receive" (Net.receive net) in
             equal "completed" (lnot (slow_sum (frame 101) 34) land 0xffff) (String.get_uint16_be completed 40);
             (* In several buffers, with the congestion bit. *)
             let large = frame 20_000 in
             let buffers = (String.length large + 12 + 2047) / 2048 in
             let got = whole (header ~flags:1 ~kind:0x81 ~headers:66 ~data:1448 ~start:34 ~offset:16 ~buffers () ^ large) in
             that "large"
               (got.frame = large && got.header.segments = Some { protocol = Tcp4; header = 66; data = 1448 }))));

  test "flags that were not negotiated"
    (here (fun () ->
         with_card 0 (fun card net _ ->
             Queue.push (header ~flags:1 ~start:50_000 () ^ frame 100) card.coming;
             ok "send" (Net.send net (frame 60));
             that "mean nothing" (ok "receive" (Net.receive_whole net) = { frame = frame 100; header = { checksum = Unknown; segments = None } }))));

  List.iter
    (fun (what, text) ->
      test ("what cannot be: " ^ what)
        (here (fun () ->
             with_card ~large:true (features [ guest_csum; guest_tso4; mergeable ]) (fun card net _ ->
                 Queue.push text card.coming;
                 ok "send" (Net.send net (frame 60));
                 that "malformed" (match Net.receive net with Error (`Malformed _) -> true | _ -> false);
                 that "of no more use" (match Net.receive net with Error _ -> true | Ok _ -> false)))))
    [
      ("a sum from behind the frame", header ~flags:1 ~start:100 ~offset:0 () ^ frame 100);
      ("a checksum behind it", header ~flags:1 ~start:90 ~offset:9 () ^ frame 100);
      ("a checksum of nothing", header ~flags:1 ());
      ("segments of another protocol", header ~flags:1 ~kind:4 ~data:1000 ~start:34 ~offset:6 () ^ frame 100);
      ("segments of none", header ~kind:0x33 ~data:1000 () ^ frame 100);
      ("segments without data", header ~kind:1 ~start:34 ~offset:6 () ^ frame 100);
    ]
