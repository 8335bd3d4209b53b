(* SPDX-License-Identifier: ISC
   main DOMAINS: frames to a peer that echoes most of them, some late, by QEMU's virtio-net; text to one that echoes it in
   capitals, by its virtio console. *)

open Picos_std_structured
module Supervisor = Device_supervisor
module Net = Virtio.Net
module Console = Virtio.Console

let fail format = Printf.ksprintf failwith format
let expect what holds = if not holds then failwith what
let ok what = function Ok x -> x | Error error -> fail "%s: %s" what (Device.error_text error)
let domains = int_of_string Sys.argv.(1)

let device drivers name kind run =
  let f = match Virtio.Pci.all kind with [ f ] -> f | _ -> fail "one %s" name in
  let supervisor = Supervisor.create name in
  Bundle.fork drivers (fun () -> ignore (Supervisor.run supervisor (run (ok name (Virtio.Pci.transport f)))));
  (supervisor, ok name (Supervisor.device supervisor))

(* {1 Frames} *)

let header = 6 + 6 + 2
let kind = "\x88\xb5"
let length n = 46 + (n * 37 mod 1455)

let frame mac n =
  let bytes = Bytes.init (header + length n) (fun i -> Char.chr ((n + (i * 7)) land 255)) in
  Bytes.blit_string "\x02peer!" 0 bytes 0 6;
  Bytes.blit_string mac 0 bytes 6 6;
  Bytes.blit_string kind 0 bytes 12 2;
  Bytes.set_int32_be bytes header (Int32.of_int n);
  Bytes.to_string bytes

let echoed mac frame = String.concat "" [ mac; String.sub frame 0 6; String.sub frame 12 (String.length frame - 12) ]

(* Sends all of [count] frames until each has come back. *)
let frames net ~count =
  let mac = Net.mac net in
  let back = Array.init count (fun _ -> Atomic.make false) and missing = Atomic.make count in
  let received = Atomic.make 0 and sent = ref 0 in
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  Bundle.fork all (fun () ->
      while true do
        let got = ok "receive" (Net.receive net) in
        if String.length got >= header + 4 && String.sub got 12 2 = kind then begin
          let n = Int32.to_int (String.get_int32_be got header) in
          expect "a frame that was sent" (n >= 0 && n < count && got = echoed mac (frame mac n));
          Atomic.incr received;
          if not (Atomic.exchange back.(n) true) then Atomic.decr missing
        end
      done);
  let window = 48 in
  let rec rounds tries =
    if Atomic.get missing > 0 then begin
      expect "frames come back" (tries < 2000);
      let now = ref 0 in
      for n = 0 to count - 1 do
        if !now < window && not (Atomic.get back.(n)) then begin
          incr now;
          incr sent;
          ok "send" (Net.send net (frame mac n))
        end
      done;
      let before = Atomic.get missing in
      let rec wait patience =
        if patience > 0 && Atomic.get missing > before - !now then begin
          Control.sleep ~seconds:0.002;
          wait (patience - 1)
        end
      in
      wait 30;
      rounds (tries + 1)
    end
  in
  rounds 0;
  expect "some were lost" (!sent > count);
  expect "too long a frame" (Net.send net (String.make (Net.mtu net + 19) 'x') = Error `Out_of_range);
  expect "too short a frame" (Net.send net "x" = Error `Out_of_range)

(* {1 Text} *)

let text console =
  let lines = List.init 400 (fun n -> Printf.sprintf "line %d of some text %s\n" n (String.make (n mod 60) 'x')) in
  let whole = String.concat "" lines in
  let got = Buffer.create (String.length whole) in
  Bundle.join_after (fun all ->
      Bundle.fork all (fun () -> List.iter (fun line -> ok "write" (Console.write console line)) lines);
      while Buffer.length got < String.length whole do
        Buffer.add_string got (ok "read" (Console.read console))
      done);
  expect "in capitals" (Buffer.contents got = String.uppercase_ascii whole);
  (* In one piece that is larger than any buffer. *)
  Buffer.clear got;
  Bundle.join_after (fun all ->
      Bundle.fork all (fun () -> ok "write" (Console.write console whole));
      while Buffer.length got < String.length whole do
        Buffer.add_string got (ok "read" (Console.read console))
      done);
  expect "in capitals" (Buffer.contents got = String.uppercase_ascii whole)

let main () =
  Bundle.join_after ~on_return:`Terminate @@ fun drivers ->
  let net, t = device drivers "net" Net.kind (fun transport -> Net.run transport) in
  expect "its address" (Net.mac t = "\x52\x54\x00\x12\x34\x99");
  expect "the link" (Net.is_up t);
  let _, console = device drivers "console" Console.kind Console.run in
  Bundle.join_after (fun all ->
      Bundle.fork all (fun () -> text console);
      frames t ~count:600);
  print_endline "frames and text";
  (* Once more by another driver, in buffers so small that frames need several. *)
  Net.finish t `Gone;
  expect "it ends" (match Net.receive t with Error `Gone -> true | Ok _ -> true | Error _ -> false);
  let rec dead () = match Supervisor.device net with Error `Gone -> () | _ -> Control.sleep ~seconds:0.001; dead () in
  dead ();
  let _, small = device drivers "small" Net.kind (fun transport -> Net.run ~buffer_size:128 transport) in
  expect "merges" (Net.merges small);
  frames small ~count:300;
  print_endline "merged"

let () =
  Picox_classes.run_on ~n_domains:domains ~main_class:Drivers main;
  print_endline "all good"
