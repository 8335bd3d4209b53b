(* SPDX-License-Identifier: ISC
   Laws of the virtqueue, with a device that keeps to the specification, and with those that do not. *)

open Virtio
module Dma = Machine.Dma
open Picox_check.Check

let buffer = Dma.create 4096
let kinds = [ (false, false); (true, false); (false, true); (true, true) ]

let with_queues ?(entries = 8) f =
  List.iter
    (fun (indirect, event_index) ->
      let queue = Virtqueue.create ~indirect ~event_index ~segments:4 entries in
      f queue (Fake.of_queue queue))
    kinds

let add queue ?(reads = 1) ?(writes = 1) data =
  for i = 1 to reads do Virtqueue.reads queue buffer (i * 16) 16 done;
  for i = 1 to writes do Virtqueue.writes queue buffer (1024 + (i * 16)) 16 done;
  Virtqueue.submit queue data

let fault = function Virtqueue.Broken fault -> Virtqueue.fault_text fault | Nothing -> "nothing" | Done _ -> "done"
let is_fault wanted = function Virtqueue.Broken fault -> fault = wanted | _ -> false

let () =
  test "what is submitted is what the device sees, and comes back" (fun () ->
      with_queues (fun queue ring ->
          for round = 0 to 99 do
            let reads = 1 + (round mod 2) and writes = round mod 3 in
            that "submitted" (add queue ~reads ~writes round);
            that "not yet shown" (Fake.take ring = None);
            ignore (Virtqueue.publish queue);
            match Fake.take ring with
            | None -> failwith "not there"
            | Some request ->
                that "reads"
                  (request.reads
                  = List.init reads (fun i -> { Fake.at = Dma.bus_address buffer + ((i + 1) * 16); length = 16; writes = false }));
                that "writes"
                  (request.writable
                  = List.init writes (fun i ->
                        { Fake.at = Dma.bus_address buffer + 1024 + ((i + 1) * 16); length = 16; writes = true }));
                that "nothing yet" (Virtqueue.take queue = Nothing);
                Fake.use ring request.head (writes * 16);
                that "done" (Virtqueue.take queue = Done (round, writes * 16));
                that "once" (Virtqueue.take queue = Nothing)
          done;
          equal "none is left" 0 (Virtqueue.in_flight queue)));

  test "out of order, many at once, for longer than indexes count" (fun () ->
      let random = Random.State.make [| 5 |] in
      with_queues ~entries:16 (fun queue ring ->
          let at_device = ref [] and sent = ref 0 and back = Hashtbl.create 16 in
          let target = scaled 70_000 in
          while Hashtbl.length back < target do
            if !sent < target && Virtqueue.room queue ~segments:2 > 0 && Random.State.bool random then begin
              that "there was room" (add queue !sent);
              incr sent
            end
            else begin
              ignore (Virtqueue.publish queue);
              let rec all () = match Fake.take ring with Some r -> at_device := r :: !at_device; all () | None -> () in
              all ();
              let now, later = List.partition (fun _ -> Random.State.bool random) !at_device in
              at_device := later;
              List.iter (fun (r : Fake.request) -> Fake.use ring r.head (r.head mod 17)) now;
              let rec drain () =
                match Virtqueue.take queue with
                | Done (n, _) ->
                    that "once" (not (Hashtbl.mem back n));
                    Hashtbl.add back n ();
                    drain ()
                | Nothing -> ()
                | Broken _ as answer -> failwith (fault answer)
              in
              drain ()
            end
          done));

  test "a full queue refuses, and has room again" (fun () ->
      with_queues (fun queue ring ->
          let room = Virtqueue.room queue ~segments:2 in
          for n = 1 to room do that "room" (add queue n) done;
          that "full" (not (add queue 0));
          equal "room" 0 (Virtqueue.room queue ~segments:2);
          ignore (Virtqueue.publish queue);
          let first = Option.get (Fake.take ring) in
          Fake.use ring first.head 0;
          that "back" (Virtqueue.take queue = Done (1, 0));
          that "room again" (add queue 0)));

  test "who must be notified, and when" (fun () ->
      let queue = Virtqueue.create 8 in
      let ring = Fake.of_queue queue in
      ignore (add queue 1);
      that "notified" (Virtqueue.publish queue);
      that "nothing to show" (not (Virtqueue.publish queue));
      Fake.set_used_flags ring 1;
      ignore (add queue 2);
      that "it does not want to be" (not (Virtqueue.publish queue));
      Virtqueue.no_interrupt queue;
      equal "no interrupt" 1 (Fake.available_flags ring);
      that "none there" (not (Virtqueue.want_interrupt queue));
      equal "interrupt" 0 (Fake.available_flags ring);
      Fake.use ring (Option.get (Fake.take ring)).head 0;
      that "one is there" (Virtqueue.want_interrupt queue);
      (* With event indexes: when its index passes the one that was asked for. *)
      let queue = Virtqueue.create ~event_index:true 8 in
      let ring = Fake.of_queue queue in
      ignore (add queue 1);
      that "0 is passed" (Virtqueue.publish queue);
      ignore (add queue 2);
      that "not again" (not (Virtqueue.publish queue));
      Fake.set_available_event ring 3;
      ignore (add queue 3);
      that "not the third" (not (Virtqueue.publish queue));
      ignore (add queue 4);
      that "the fourth" (Virtqueue.publish queue);
      Fake.use ring (Option.get (Fake.take ring)).head 0;
      that "taken" (Virtqueue.take queue = Done (1, 0));
      that "no other" (not (Virtqueue.want_interrupt queue));
      equal "the next" 1 (Fake.used_event ring));

  let broken name wanted breaking =
    test ("a malformed ring: " ^ name) (fun () ->
        with_queues (fun queue ring ->
            for n = 1 to 3 do ignore (add queue n) done;
            ignore (Virtqueue.publish queue);
            breaking ring (Option.get (Fake.take ring)).Fake.head;
            let rec last () = match Virtqueue.take queue with Done _ -> last () | answer -> answer in
            let answer = last () in
            that (fault answer) (is_fault wanted answer);
            that "it stays broken" (is_fault wanted (Virtqueue.take queue));
            that "nothing goes in" (not (add queue 4));
            let left = Virtqueue.in_flight queue in
            let abandoned = Virtqueue.abandon queue in
            equal "all that were in flight" left (List.length abandoned);
            that "each once" (List.length (List.sort_uniq compare abandoned) = left);
            (* As new. *)
            let ring = Fake.of_queue queue in
            that "again" (add queue 7);
            ignore (Virtqueue.publish queue);
            Fake.use ring (Option.get (Fake.take ring)).head 16;
            that "works" (Virtqueue.take queue = Done (7, 16))))
  in
  broken "an identity that is no descriptor" Bad_identity (fun ring _ -> Fake.use ring 8 0);
  broken "an identity far away" Bad_identity (fun ring _ -> Fake.use ring 0xffff_fff0 0);
  broken "a request twice" Not_in_flight (fun ring head -> Fake.use ring head 0; Fake.use ring head 0);
  broken "one that nobody made" Not_in_flight (fun ring _ -> Fake.use ring 7 0);
  broken "more bytes than there are" Bad_length (fun ring head -> Fake.use ring head 17);
  broken "very many bytes" Bad_length (fun ring head -> Fake.use ring head 0xffff_ffff);
  broken "an index that is ahead" Bad_index (fun ring _ -> Fake.set_used_index ring 4);
  broken "an index that goes back" Bad_index (fun ring _ -> Fake.set_used_index ring 0xffff);

  test "the caller's mistakes raise" (fun () ->
      with_queues (fun queue _ ->
          let refused what f = raises what is_invalid f in
          refused "nothing" (fun () -> Virtqueue.submit queue 1);
          refused "empty" (fun () -> Virtqueue.reads queue buffer 0 0);
          refused "out of it" (fun () -> Virtqueue.reads queue buffer 4090 16);
          refused "before it" (fun () -> Virtqueue.writes queue buffer (-1) 16);
          Virtqueue.writes queue buffer 0 16;
          refused "wrong order" (fun () -> Virtqueue.reads queue buffer 0 16);
          refused "and dropped" (fun () -> Virtqueue.submit queue 1);
          let freed = Dma.create 16 in
          Dma.free freed;
          refused "freed" (fun () -> Virtqueue.reads queue freed 0 16);
          refused "too many" (fun () -> for _ = 1 to 200 do Virtqueue.reads queue buffer 0 16 done);
          refused "more than there are" (fun () ->
              for _ = 1 to 9 do Virtqueue.reads queue buffer 0 16 done;
              Virtqueue.submit queue 1);
          that "still good" (add queue 1));
      List.iter
        (fun n -> raises (string_of_int n) is_invalid (fun () -> Virtqueue.create n))
        [ 0; 3; -8; 65536; max_int; min_int ])
