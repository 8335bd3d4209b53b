(* SPDX-License-Identifier: ISC *)

(* Devices that are handed over, to a process that is a program here (Handed_client). *)

open Picox_check.Check
open Picos_std_structured
open Handed_client

let block = 4096

let client bytes =
  let c = Handed_client.create bytes in
  equal "magic" 0x76656462 (get32 c 0);
  c

let fake_disk () =
  let content = Bytes.init (100 * block) (fun i -> Char.chr (i / block)) in
  ( content,
    Handed.Disk
      {
        count = 100;
        read_only = false;
        read = (fun ~first ~count -> Ok (Bytes.sub content (first * block) (count * block)));
        write = (fun ~first bytes -> Ok (Bytes.blit bytes 0 content (first * block) (Bytes.length bytes)));
        flush = (fun () -> Ok ());
      } )

(* The session's result when the body has been done and it is closed. *)
let session ?(within = fun f -> f ()) device body =
  let result = ref (Ok ()) in
  within (fun () ->
      Picos_mux_fifo.run (fun () ->
          let bytes = Bytes.create (Handed.size device) in
          let t = Handed.create device (memory bytes) in
          Bundle.join_after (fun bundle ->
              Bundle.fork bundle (fun () -> result := Handed.run t);
              body t (client bytes);
              Handed.close t)));
  !result

let now t =
  Handed.kick t;
  turns 50

let expect c expected = that "the answer" (answer c = Some expected)

let is_refused name device wrong =
  test ("handed: refuses " ^ name) (fun () ->
      match
        session (device ()) (fun t c ->
            wrong c;
            now t;
            that "the end" (Handed.has_ended t))
      with
      | Error _ -> ()
      | Ok () -> failwith "accepted")

let disk () = snd (fake_disk ())

(* Damage of any word at any moment: the session ends or goes on, and what is outside of the memory is not touched. *)
let damage seed =
  let random = Random.State.make [| seed |] in
  let int n = Random.State.int random n in
  let device = if int 2 = 0 then disk () else card () in
  let first_kind, kinds = match device with Handed.Disk _ -> (3, 3) | Net _ -> (1, 2) in
  ignore
    (session device (fun t c ->
         for _ = 1 to 40 do
           (match int 4 with
           | 0 | 1 -> ignore (request c ~token:(int 120) ~kind:(first_kind + int kinds) ~buffer:(int c.capacity) ~length:(int 3 * block) ())
           | 2 -> ignore (answer c)
           | _ ->
               let ring = if int 2 = 0 then c.inbound else c.outbound in
               let at = if int 8 = 0 then int (Bytes.length c.bytes - 8) else ring + (8 * int ((256 + (32 * c.capacity)) / 8)) in
               let word =
                 match int 4 with
                 | 0 -> Random.State.int64 random Int64.max_int
                 | 1 -> Int64.neg (Int64.of_int (int 5))
                 | _ -> Int64.of_int (int 200)
               in
               Bytes.set_int64_le c.bytes at word);
           Handed.kick t;
           turns (int 10)
         done))

let () =
  test "handed: a disk" (fun () ->
      let content, device = fake_disk () in
      that "no error"
        (session device (fun t c ->
             that "read" (request c ~token:7 ~kind:3 ~buffer:2 ~length:(2 * block) ());
             Bytes.fill c.bytes (buffer c 3) block 'w';
             that "write" (request c ~token:99 ~kind:4 ~buffer:3 ~length:block ());
             that "flush" (request c ~kind:5 ~buffer:0 ~length:0 ());
             now t;
             List.iter (expect c) [ (3, 2, 2 * block); (4, 3, block); (5, 0, 0) ];
             that "what was read" (Bytes.get c.bytes (buffer c 2) = '\007' && Bytes.get c.bytes (buffer c 2 + block) = '\008');
             that "what was written" (Bytes.sub_string content (99 * block) block = String.make block 'w');
             (* What cannot be done is an answer. *)
             let outside = [ (100, block); (99, 2 * block); (-1, block); (0, 100); (0, 0); (0, 65536 + block) ] in
             List.iteri (fun i (token, length) -> that "put" (request c ~token ~kind:3 ~buffer:i ~length ())) outside;
             now t;
             List.iteri (fun i _ -> expect c (0x103, i, 22)) outside;
             that "no more" (answer c = None))
        = Ok ()));
  test "handed: a card" (fun () ->
      that "no error"
        (session (card ()) (fun t c ->
             that "address" (Bytes.sub_string c.bytes 64 6 = "\002\000\000\000\000\007");
             for i = 0 to 9 do
               that "offer" (request c ~token:i ~kind:2 ~buffer:(20 + i) ~length:0 ())
             done;
             for i = 0 to 9 do
               Bytes.fill c.bytes (buffer c i) 100 (Char.chr (65 + i));
               that "send" (request c ~kind:1 ~buffer:i ~length:(60 + i) ())
             done;
             now t;
             let answers = List.init 20 (fun _ -> Option.get (answer c)) in
             let of_kind k = List.filter (fun (kind, _, _) -> kind = k) answers in
             that "sent, in order" (of_kind 1 = List.init 10 (fun i -> (1, i, 60 + i)));
             that "received, in order" (of_kind 2 = List.init 10 (fun i -> (2, 20 + i, 60 + i)));
             for i = 0 to 9 do
               that "a frame" (Bytes.sub_string c.bytes (buffer c (20 + i)) (60 + i) = String.make (60 + i) (Char.chr (65 + i)))
             done;
             that "too long" (request c ~kind:1 ~buffer:0 ~length:1515 ());
             now t;
             expect c (0x101, 0, 22))
        = Ok ()));
  test "handed: who takes no answers is asked no more of" (fun () ->
      that "no error"
        (session (disk ()) (fun t c ->
             for n = 0 to c.capacity - 1 do
               that "put" (request c ~kind:3 ~buffer:n ~length:block ())
             done;
             now t;
             for n = 0 to c.capacity - 1 do
               that "put" (request c ~kind:3 ~buffer:n ~length:block ())
             done;
             now t;
             that "full" (not (request c ~kind:3 ~buffer:0 ~length:block ()));
             for _ = 1 to c.capacity do
               that "answer" (answer c <> None)
             done;
             that "no more" (answer c = None);
             now t;
             for _ = 1 to c.capacity do
               that "answer" (answer c <> None)
             done)
        = Ok ()));
  let put_wrong c ?token ~kind ~buffer () = that "put" (request c ?token ~kind ~buffer ~length:block ()) in
  is_refused "a kind that is none" disk (fun c -> put_wrong c ~kind:9 ~buffer:0 ());
  is_refused "another device's kind" disk (fun c -> put_wrong c ~kind:1 ~buffer:0 ());
  is_refused "a buffer that is none" disk (fun c -> put_wrong c ~kind:3 ~buffer:c.capacity ());
  is_refused "a negative buffer" disk (fun c -> put_wrong c ~kind:3 ~buffer:(-1) ());
  is_refused "a buffer twice" card (fun c ->
      put_wrong c ~kind:2 ~buffer:0 ();
      put_wrong c ~kind:2 ~buffer:0 ());
  is_refused "a slot of the past" disk (fun c -> set64 c (slot c c.outbound 0) (-1));
  is_refused "a slot of the future" disk (fun c ->
      put_wrong c ~kind:3 ~buffer:0 ();
      set64 c (slot c c.outbound 0) 2);
  is_refused "a number that is too large" disk (fun c -> Bytes.set_int64_le c.bytes (slot c c.outbound 0) Int64.min_int);
  is_refused "an answer's slot that it has not" disk (fun c ->
      set64 c (slot c c.inbound 0) 5;
      put_wrong c ~kind:3 ~buffer:0 ());
  test "handed: damage" (fun () ->
      for seed = 1 to scaled 2000 do
        damage seed
      done);
  test "handed: the end of a session leaves nothing" (fun () ->
      (* With requests under way. *)
      that "no error"
        (session (card ()) (fun t c ->
             for i = 0 to 9 do
               that "offer" (request c ~kind:2 ~buffer:i ~length:0 ())
             done;
             now t)
        = Ok ()));
  Picox_check.Check.run ()
