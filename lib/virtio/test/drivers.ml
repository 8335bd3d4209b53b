(* SPDX-License-Identifier: ISC
   Drivers with fake devices: that do what they should, that answer nonsense, that go away. *)

open Virtio
open Picos_std_structured
module Dma = Machine.Dma
module Supervisor = Device_supervisor
open Picox_check.Check

let ok what = function Ok x -> x | Error error -> failwith (what ^ ": " ^ Device.error_text error)
let is_error wanted = function Error error -> error = wanted | Ok _ -> false

let schedulers =
  [
    ("fifo", fun main -> Picos_mux_fifo.run main);
    ("classes", fun main -> Picox_classes.run ~main_class:Drivers main);
    ("three domains", fun main -> Picox_classes.run_on ~n_domains:3 ~main_class:Drivers main);
  ]

let everywhere name main =
  List.iter (fun (scheduler, run) -> test (name ^ ", " ^ scheduler) (fun () -> run main)) schedulers

(* Runs both sides, and the body with the device's name; then all are canceled. *)
let with_driver (fake : Fake.t) run handle body =
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  let supervisor = Supervisor.create "fake" in
  Bundle.fork all (fun () -> Fake.serve fake (handle fake));
  let ended = Bundle.fork_as_promise all (fun () -> Supervisor.run ~report:ignore supervisor (run fake.transport)) in
  body supervisor ended

let rng () = Fake.device ~kind:Rng.kind ~queues:1 (3 lsl 28)

let random_bytes _ _ ring (request : Fake.request) =
  let wanted = List.fold_left (fun n (s : Fake.segment) -> n + s.length) 0 request.writable in
  Fake.use ring request.head (Fake.put request.writable (String.init (max 1 (wanted / 2)) (fun i -> Char.chr (i land 255))))

(* A disk of 64 sectors, in memory. *)
let sectors = 64

let disk_config =
  let config = Bytes.make 60 '\000' in
  Bytes.set_int32_le config 0 (Int32.of_int sectors);
  Bytes.set_int32_le config 12 4l;
  Bytes.set_uint16_le config 34 2;
  Bytes.set_int32_le config 36 8l;
  Bytes.set_int32_le config 40 1l;
  Bytes.set_int32_le config 48 8l;
  Bytes.set_int32_le config 52 1l;
  Bytes.to_string config

let disk_features = List.fold_left (fun set f -> set lor (1 lsl f)) 0 [ 2; 9; 12; 13; 14; 28; 29 ]
let disk ?shared ?gone () = Fake.device ?shared ?gone ~config:disk_config ~kind:Blk.kind ~queues:2 disk_features

type disk = { content : Bytes.t; mutable flushes : int; mutable discards : int }

let disk_handler disk _ _ ring (request : Fake.request) =
  let all = Fake.contents request.reads in
  let kind = Int32.to_int (String.get_int32_le all 0) and sector = Int64.to_int (String.get_int64_le all 8) in
  let rec but_last = function [ last ] -> ([], last) | s :: rest -> let some, last = but_last rest in (s :: some, last) | [] -> failwith "no status" in
  let data, status = but_last request.writable in
  let zero () =
    let sector = Int64.to_int (String.get_int64_le all 16) and count = Int32.to_int (String.get_int32_le all 24) in
    Bytes.fill disk.content (sector * 512) (count * 512) '\000'
  in
  let written, answer =
    match kind with
    | 0 ->
        let length = List.fold_left (fun n (s : Fake.segment) -> n + s.length) 0 data in
        (Fake.put data (Bytes.sub_string disk.content (sector * 512) length), 0)
    | 1 ->
        Bytes.blit_string all 16 disk.content (sector * 512) (String.length all - 16);
        (0, 0)
    | 4 -> disk.flushes <- disk.flushes + 1; (0, 0)
    | 11 -> disk.discards <- disk.discards + 1; zero (); (0, 0)
    | 13 -> zero (); (0, 0)
    | 8 -> (Fake.put data "a disk", 0)
    | _ -> (0, 2)
  in
  ignore (Fake.put [ status ] (String.make 1 (Char.chr answer)));
  Fake.use ring request.head (written + 1)

let new_disk () = { content = Bytes.make (sectors * 512) '\000'; flushes = 0; discards = 0 }
let run_disk transport ready = Blk.run ~queues:2 transport ready

let () =
  everywhere "random bytes" (fun () ->
      with_driver (rng ()) Rng.run random_bytes (fun supervisor _ ->
          let t = ok "device" (Supervisor.device supervisor) in
          List.iter
            (fun n -> equal "length" n (String.length (ok "read" (Rng.read t n))))
            [ 0; 1; 100; 5000 ];
          Bundle.join_after (fun all ->
              for _ = 1 to 50 do
                Bundle.fork all (fun () -> equal "length" 64 (String.length (ok "read" (Rng.read t 64))))
              done)));

  List.iter (fun shared ->
  everywhere (if shared then "a disk with one interrupt for all" else "a disk keeps what is written") (fun () ->
      let state = new_disk () in
      with_driver (disk ~shared ()) run_disk (disk_handler state) (fun supervisor _ ->
          let t = ok "device" (Supervisor.device supervisor) in
          equal "sectors" sectors (Blk.sectors t);
          that "identity" (Blk.identity t = Ok "a disk");
          Bundle.join_after (fun all ->
              for n = 0 to 7 do
                Bundle.fork all (fun () ->
                    let buffer = Dma.create 4096 in
                    let pieces k : Device.slice list = List.init k (fun i : Device.slice -> { buffer; offset = i * 4096 / k; length = 4096 / k }) in
                    for round = 0 to 9 do
                      Dma.fill buffer 0 4096 (Char.chr (65 + n + round));
                      ok "write" (Blk.write t ~sector:(n * 8) (pieces (1 lsl (round mod 4))));
                      Dma.fill buffer 0 4096 'x';
                      ok "read" (Blk.read t ~sector:(n * 8) (pieces (1 lsl ((round + 1) mod 4))));
                      that "the same" (Dma.sub_string buffer 0 4096 = String.make 4096 (Char.chr (65 + n + round)));
                      ok "flush" (Blk.flush t)
                    done)
              done);
          equal "flushes" 80 state.flushes;
          ok "zeroes" (Blk.write_zeroes t ~sector:3 ~sectors:20);
          that "zeroes" (Bytes.sub_string state.content (3 * 512) (20 * 512) = String.make (20 * 512) '\000');
          that "before" (Bytes.get state.content ((3 * 512) - 1) <> '\000');
          that "behind" (Bytes.get state.content (23 * 512) <> '\000');
          ok "discard" (Blk.discard t ~sector:30 ~sectors:20);
          equal "in pieces" 3 state.discards;
          let buffer = Dma.create 4096 in
          let one n : Device.slice list = [ { buffer; offset = n * 8; length = 512 } ] in
          let many = List.init 60 (fun n -> Blk.Read { sector = n; into = one n }) in
          that "a batch" (List.for_all (( = ) (Ok ())) (Blk.batch t (many @ [ Blk.Flush ])));
          that "range" (List.mem (Error `Out_of_range) (Blk.batch t [ Blk.Read { sector = 64; into = one 0 }; Blk.Flush ])))))
    [ false; true ];

  everywhere "nonsense ends in a typed error, and the driver is started again" (fun () ->
      let state = new_disk () and nonsense = ref true in
      let handle fake queue ring (request : Fake.request) =
        if !nonsense then begin
          nonsense := false;
          Fake.use ring (request.head + 1) 0
        end
        else disk_handler state fake queue ring request
      in
      let fake = disk () in
      with_driver fake run_disk handle (fun supervisor _ ->
          let t = ok "device" (Supervisor.device supervisor) in
          let buffer = Dma.create 512 in
          let all : Device.slice list = [ { buffer; offset = 0; length = 512 } ] in
          that "malformed" (match Blk.read t ~sector:0 all with Error (`Malformed _) -> true | _ -> false);
          that "of no more use" (match Blk.read t ~sector:0 all with Error (`Malformed _) -> true | _ -> false);
          let rec again () =
            match Blk.read (ok "device" (Supervisor.device supervisor)) ~sector:0 all with
            | Ok () -> ()
            | Error _ -> Control.sleep ~seconds:0.001; again ()
          in
          again ();
          equal "starts" 2 (Supervisor.starts supervisor)));

  everywhere "a status that the device does not write" (fun () ->
      let handle _ _ ring (request : Fake.request) = Fake.use ring request.head 0 in
      with_driver (disk ()) run_disk handle (fun supervisor _ ->
          let t = ok "device" (Supervisor.device supervisor) in
          that "malformed" (match Blk.flush t with Error (`Malformed _) -> true | _ -> false)));

  everywhere "what is in flight fails when the device goes" (fun () ->
      let gone = ref false in
      let handle _ _ _ _ = () in
      let fake = disk ~gone () in
      with_driver fake run_disk handle (fun supervisor ended ->
          let t = ok "device" (Supervisor.device supervisor) in
          Bundle.join_after (fun all ->
              (* More than there is room for: some wait for that. *)
              for n = 0 to 39 do
                Bundle.fork all (fun () ->
                    let buffer = Dma.create 512 in
                    that "gone" (is_error `Gone (Blk.read t ~sector:n [ { buffer; offset = 0; length = 512 } ])))
              done;
              Bundle.fork all (fun () ->
                  Control.sleep ~seconds:0.01;
                  gone := true;
                  Device_interrupt.raise fake.changed));
          that "ended" (Promise.await ended = `Gone);
          that "dead" (is_error `Gone (Supervisor.device supervisor));
          that "later, too" (is_error `Gone (Blk.flush t))));

  everywhere "a device that asks for a reset" (fun () ->
      let fake = disk () in
      let state = new_disk () in
      with_driver fake run_disk (disk_handler state) (fun supervisor _ ->
          ok "flush" (Blk.flush (ok "device" (Supervisor.device supervisor)));
          fake.status := !(fake.status) lor Transport.needs_reset;
          Device_interrupt.raise fake.changed;
          let rec again () =
            if Supervisor.starts supervisor < 2 then begin Control.sleep ~seconds:0.001; again () end
          in
          again ();
          ok "flush" (Blk.flush (ok "device" (Supervisor.device supervisor)))));

  everywhere "cancelation waits for the device" (fun () ->
      let held = ref [] in
      let handle _ _ ring (request : Fake.request) = held := (ring, request) :: !held in
      let fake = disk () in
      with_driver fake run_disk handle (fun supervisor _ ->
          let t = ok "device" (Supervisor.device supervisor) in
          let returned = ref false in
          Bundle.join_after (fun all ->
              let reader = Bundle.fork_as_promise all (fun () -> let answer = Blk.flush t in returned := true; answer) in
              Control.sleep ~seconds:0.005;
              Promise.terminate reader;
              Control.sleep ~seconds:0.005;
              that "it still waits" (not !returned);
              List.iter
                (fun (ring, (request : Fake.request)) ->
                  ignore (Fake.put request.writable "\000");
                  Fake.use ring request.head 1)
                !held;
              Device_interrupt.raise fake.interrupts.(0);
              Device_interrupt.raise fake.interrupts.(1));
          that "then it returned" !returned));

  List.iter
    (fun (name, features, buffer_size) ->
      everywhere ("frames that come back" ^ name) (fun () ->
          let room = Queue.create () in
          let handle (fake : Fake.t) queue ring (request : Fake.request) =
            if queue = 0 then Queue.push (ring, request) room
            else begin
              let text = Fake.contents request.reads in
              (* In another domain a reset does not wait for the end of this: then there may be less than a header. *)
              let frame = if String.length text < 12 then "" else String.sub text 12 (String.length text - 12) in
              Fake.use ring request.head 0;
              (* All buffers that were offered before it. *)
              let rec look ring = match Fake.take ring with Some r -> Queue.push (ring, r) room; look ring | None -> () in
              Option.iter look fake.rings.(0);
              (* Into as many as it needs. *)
              let count = (String.length frame + 12 + buffer_size - 1) / buffer_size in
              if Queue.length room >= count then begin
                let header = Bytes.make 12 '\000' in
                Bytes.set_uint16_le header 10 count;
                let rec put text =
                  let ring, (request : Fake.request) = Queue.pop room in
                  let n = Fake.put request.writable text in
                  Fake.use ring request.head n;
                  if n < String.length text then put (String.sub text n (String.length text - n))
                in
                put (Bytes.to_string header ^ frame);
                Device_interrupt.raise fake.interrupts.(0)
              end
            end
          in
          let fake = Fake.device ~kind:Net.kind ~queues:2 (features lor (3 lsl 28)) in
          with_driver fake (fun transport -> Net.run ~buffer_size transport) handle (fun supervisor _ ->
              let net = ok "net" (Supervisor.device supervisor) in
              let frame n = String.init (14 + (n * 37 mod 1400)) (fun i -> Char.chr ((n + i) land 255)) in
              that "too long" (is_error `Out_of_range (Net.send net (String.make 1600 'x')));
              for n = 0 to 299 do
                that "nothing has come" (not (Net.has_frame net));
                ok "send" (Net.send net (frame n));
                Control.terminate_after ~seconds:30. (fun () -> Net.await_frame net);
                that "it has come" (Net.has_frame net);
                match Control.terminate_after ~seconds:30. (fun () -> Net.receive net) with
                | got -> that "the frame" (got = Ok (frame n))
                | exception Control.Terminate -> failwith "a frame does not come back"
              done;
              (* Many at once: those that no buffer was there for are lost, but none waits for ever. *)
              for n = 0 to 499 do ok "send" (Net.send net (frame n)) done;
              Net.finish net `Reset;
              let rec drain () = match Net.receive net with Ok _ -> drain () | Error error -> that "reset" (error = `Reset) in
              drain ();
              Net.await_frame net;
              that "the end is known" (Net.has_frame net))))
    [ ("", 0, 2048); (", merged", 1 lsl 15, 128) ];

  test "devices that cannot be driven" (fun () ->
      Picos_mux_fifo.run @@ fun () ->
      let never _ = failwith "ready" in
      that "another type" (Rng.run (disk ()).transport never = `Unsupported);
      let old = rng () in
      that "an old one" (Rng.run { old.transport with features = (fun () -> 0) } never = `Unsupported);
      that "its features are refused"
        (Rng.run { old.transport with status = (fun () -> !(old.status) land lnot Transport.features_ok) } never = `Unsupported);
      that "gone" (Rng.run (Fake.device ~gone:(ref true) ~kind:Rng.kind ~queues:1 0).transport never = `Gone);
      let stuck = Fake.device ~stuck:(ref true) ~kind:Rng.kind ~queues:1 0 in
      stuck.status := 4;
      that "stuck" (Rng.run stuck.transport never = `Failed);
      let strange = Fake.device ~config:(String.make 60 '\255') ~kind:Blk.kind ~queues:2 (disk_features lor (1 lsl 6)) in
      that "no such geometry" (Blk.run strange.transport never = `Unsupported))
