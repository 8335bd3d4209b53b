(* SPDX-License-Identifier: ISC
   main DOMAINS: random bytes from QEMU's virtio-rng; its first virtio disk is filled by several fibers while others read
   what is there already, with flushes between, and read back whole; its second one can only be read; an NVMe disk
   is treated as the first. *)

open Machine
open Picos_std_structured
module Classes = Picox_classes
module Supervisor = Device_supervisor
module Blk = Virtio.Blk

let fail format = Printf.ksprintf failwith format
let expect what holds = if not holds then failwith what
let ok what = function Ok x -> x | Error error -> fail "%s: %s" what (Device.error_text error)

let refused what wanted = function
  | Error error when error = wanted -> ()
  | Error error -> fail "%s: %s" what (Device.error_text error)
  | Ok _ -> fail "%s: it was done" what

let domains = int_of_string Sys.argv.(1)

let supervise into name run f =
  let supervisor = Supervisor.create name in
  Bundle.fork into (fun () ->
      let transport = ok name (Virtio.Pci.transport f) in
      ignore (Supervisor.run supervisor (run transport)));
  ok name (Supervisor.device supervisor)

(* {1 Random bytes} *)

let random rng =
  let size = 20_000 in
  let reads = Array.make 4 "" in
  Bundle.join_after (fun all ->
      Array.iteri (fun i _ -> Bundle.fork all (fun () -> reads.(i) <- ok "rng" (Virtio.Rng.read rng size))) reads);
  Array.iteri
    (fun i a ->
      expect "as many as asked" (String.length a = size);
      let seen = Array.make 256 false in
      String.iter (fun c -> seen.(Char.code c) <- true) a;
      expect "all bytes occur" (Array.for_all Fun.id seen);
      Array.iteri (fun j b -> expect "reads differ" (i = j || a <> b)) reads)
    reads;
  expect "none" (Virtio.Rng.read rng 0 = Ok "")

(* {1 The disk} *)

let chunk = 128 * 1024
let word sector i round = Int64.mul (Int64.of_int ((((sector * 64) + i) * 4) + round)) 0x9E37_79B9_7F4A_7C15L

let fill buffer ~sector ~round =
  for at = 0 to (Dma.size buffer / 8) - 1 do
    Dma.set64 buffer (at * 8) (word (sector + (at / 64)) (at land 63) round)
  done

let check buffer ~sector ~round =
  for at = 0 to (Dma.size buffer / 8) - 1 do
    if Dma.get64 buffer (at * 8) <> word (sector + (at / 64)) (at land 63) round then
      fail "sector %d differs at word %d" (sector + (at / 64)) (at land 63)
  done

(* In one slice, in two, or in many. *)
let slices buffer n : Device.slice list =
  let size = Dma.size buffer in
  match n mod 3 with
  | 0 -> [ { buffer; offset = 0; length = size } ]
  | 1 -> [ { buffer; offset = 0; length = 1536 }; { buffer; offset = 1536; length = size - 1536 } ]
  | _ -> List.init 256 (fun i : Device.slice -> { buffer; offset = i * size / 256; length = size / 256 })

(* What every disk must do. *)
module Trial (Disk : Device.BLOCK) = struct
  let whole_disk blk =
    let per_chunk = chunk / 512 in
    let chunks = Disk.sectors blk / per_chunk in
    let next = Atomic.make 0 and written = Atomic.make 0 in
    let is_written = Array.init chunks (fun _ -> Atomic.make false) in
    let flushes = Atomic.make 0 and reads = Atomic.make 0 in
    let writer () =
      let buffer = Dma.create chunk in
      let rec go () =
        let n = Atomic.fetch_and_add next 1 in
        if n < chunks then begin
          fill buffer ~sector:(n * per_chunk) ~round:1;
          ok "write" (Disk.write blk ~sector:(n * per_chunk) (slices buffer n));
          Atomic.set is_written.(n) true;
          Atomic.incr written;
          if n land 3 = 0 then begin
            ok "flush" (Disk.flush blk);
            Atomic.incr flushes
          end;
          go ()
        end
      in
      go ()
    in
    let reader seed () =
      let buffer = Dma.create chunk in
      let random = Random.State.make [| seed |] in
      while Atomic.get written < chunks do
        let n = Random.State.int random chunks in
        if Atomic.get is_written.(n) then begin
          ok "read" (Disk.read blk ~sector:(n * per_chunk) (slices buffer (n + seed)));
          check buffer ~sector:(n * per_chunk) ~round:1;
          Atomic.incr reads
        end;
        Control.yield ()
      done
    in
    Bundle.join_after (fun all ->
        for seed = 1 to 3 do
          Bundle.fork all writer;
          Bundle.fork all (reader seed)
        done);
    expect "there were reads" (Atomic.get reads > 0);
    let next = Atomic.make 0 in
    let verifier () =
      let buffer = Dma.create chunk in
      let rec go () =
        let n = Atomic.fetch_and_add next 1 in
        if n < chunks then begin
          Dma.fill buffer 0 chunk 'x';
          ok "read" (Disk.read blk ~sector:(n * per_chunk) (slices buffer n));
          check buffer ~sector:(n * per_chunk) ~round:1;
          go ()
        end
      in
      go ()
    in
    Bundle.join_after (fun all -> for _ = 1 to 4 do Bundle.fork all verifier done)

  (* Small requests all at once, more than the queue has room for, with flushes between. *)
  let batches blk =
    let count = 300 in
    let buffer = Dma.create (count * 512) in
    fill buffer ~sector:64 ~round:2;
    let slice n : Device.slice = { buffer; offset = n * 512; length = 512 } in
    let writes = List.init count (fun n -> Disk.Write { sector = 64 + n; from = [ slice n ] }) in
    List.iter (ok "batch") (Disk.batch blk (writes @ [ Disk.Flush ]));
    Dma.fill buffer 0 (count * 512) 'x';
    List.iter (ok "batch") (Disk.batch blk (List.init count (fun n -> Disk.Read { sector = 64 + n; into = [ slice n ] })));
    check buffer ~sector:64 ~round:2;
    for _ = 1 to 200 do
      ok "flush" (Disk.flush blk)
    done

  let zeroes blk =
    let buffer = Dma.create chunk in
    let is_zero sector sectors =
      let part = Dma.create (sectors * 512) in
      ok "read" (Disk.read blk ~sector [ { buffer = part; offset = 0; length = sectors * 512 } ]);
      Dma.sub_string part 0 (sectors * 512) = String.make (sectors * 512) '\000'
    in
    fill buffer ~sector:1024 ~round:3;
    let all : Device.slice list = [ { buffer; offset = 0; length = chunk } ] in
    ok "write" (Disk.write blk ~sector:1024 all);
    ok "write zeroes" (Disk.write_zeroes blk ~sector:1030 ~sectors:9);
    expect "zeroes" (is_zero 1030 9);
    Dma.fill buffer 0 chunk 'x';
    ok "read" (Disk.read blk ~sector:1024 all);
    expect "before it" (Dma.get64 buffer 8 = word 1024 1 3);
    expect "behind it" (Dma.get64 buffer (15 * 512) = word (1024 + 15) 0 3);
    ok "discard" (Disk.discard blk ~sector:1024 ~sectors:256);
    ok "write" (fill buffer ~sector:1024 ~round:1; Disk.write blk ~sector:1024 all)

  let refusals blk =
    let buffer = Dma.create 4096 in
    let slice length : Device.slice list = [ { buffer; offset = 0; length } ] in
    refused "behind the end" `Out_of_range (Disk.read blk ~sector:(Disk.sectors blk) (slice 512));
    refused "across the end" `Out_of_range (Disk.write blk ~sector:(Disk.sectors blk - 1) (slice 1024));
    refused "before it" `Out_of_range (Disk.read blk ~sector:(-1) (slice 512));
    refused "no whole sector" `Out_of_range (Disk.read blk ~sector:0 (slice 100));
    refused "nothing" `Out_of_range (Disk.read blk ~sector:0 []);
    refused "far" `Out_of_range (Disk.discard blk ~sector:1 ~sectors:max_int);
    (match Disk.read blk ~sector:0 (slice 8192) with
    | _ -> failwith "out of the buffer"
    | exception Invalid_argument _ -> ());
    Dma.free buffer;
    match Disk.read blk ~sector:0 (slice 512) with
    | _ -> failwith "into a freed buffer"
    | exception Invalid_argument _ -> ()

  let all disk =
    whole_disk disk;
    batches disk;
    zeroes disk;
    refusals disk
end

(* A driver that is told to stop: what is in flight ends with an error, and its supervisor starts it again. *)
let restart drivers f =
  let supervisor = Supervisor.create "blk" in
  let transport = ok "blk" (Virtio.Pci.transport f) in
  Bundle.fork drivers (fun () -> ignore (Supervisor.run supervisor (Blk.run transport)));
  let failed = Atomic.make 0 and done_ = Atomic.make 0 in
  let over = Atomic.make false in
  Bundle.join_after (fun all ->
      for n = 1 to 8 do
        Bundle.fork all (fun () ->
            let buffer = Dma.create chunk in
            (* Some more when all is quiet. *)
            let rec go left =
              match Supervisor.device supervisor with
              | Error error -> fail "the supervisor gave up: %s" (Device.error_text error)
              | Ok blk -> (
                  match Blk.read blk ~sector:((n + 8) * 256) (slices buffer 0) with
                  | Ok () ->
                      check buffer ~sector:((n + 8) * 256) ~round:1;
                      Atomic.incr done_;
                      let left = if Atomic.get over then left - 1 else left in
                      if left > 0 then go left
                  | Error `Reset ->
                      Atomic.incr failed;
                      Control.yield ();
                      go left
                  | Error error -> fail "restart: %s" (Device.error_text error))
            in
            go 3)
      done;
      Bundle.fork all (fun () ->
          for _ = 1 to 5 do
            Control.sleep ~seconds:0.005;
            match Supervisor.device supervisor with Ok blk -> Blk.finish blk `Reset | Error _ -> failwith "no device"
          done;
          Atomic.set over true));
  expect "some were done" (Atomic.get done_ > 0);
  let buffer = Dma.create chunk in
  let rec again () =
    match Blk.read (ok "blk" (Supervisor.device supervisor)) ~sector:2560 (slices buffer 0) with
    | Ok () -> check buffer ~sector:2560 ~round:1
    | Error `Reset -> Control.sleep ~seconds:0.001; again ()
    | Error error -> fail "after restarts: %s" (Device.error_text error)
  in
  again ();
  expect "it was restarted" (Supervisor.starts supervisor > 1);
  Printf.printf "restarted\n%!"

let nvme drivers =
  let f = match Nvme.Access.all () with [ f ] -> f | _ -> failwith "one NVMe controller" in
  let supervisor = Supervisor.create "nvme" in
  let access = ok "nvme" (Nvme.Access.of_pci f) in
  Bundle.fork drivers (fun () -> ignore (Supervisor.run supervisor (Nvme.Disk.run access)));
  let disk = ok "nvme" (Supervisor.device supervisor) in
  expect "its name" (Nvme.Disk.serial disk = "third" && Nvme.Disk.model disk = "QEMU NVMe Ctrl");
  Printf.printf "%d NVMe queues\n%!" (Nvme.Disk.queues disk);
  let module Nvme_disk = Trial (Nvme.Disk) in
  Nvme_disk.all disk;
  (* What is in flight when it is stopped fails, and it starts again. *)
  let buffer = Dma.create chunk in
  let all : Device.slice list = [ { buffer; offset = 0; length = chunk } ] in
  Bundle.join_after (fun both ->
      Bundle.fork both (fun () ->
          match Nvme.Disk.read disk ~sector:0 all with
          | Ok () | Error `Reset -> ()
          | Error error -> fail "nvme: %s" (Device.error_text error));
      Control.yield ();
      Nvme.Disk.finish disk `Reset);
  let rec again () =
    match Nvme.Disk.read (ok "nvme" (Supervisor.device supervisor)) ~sector:2560 all with
    | Ok () -> check buffer ~sector:2560 ~round:1
    | Error `Reset -> Control.sleep ~seconds:0.001; again ()
    | Error error -> fail "nvme: %s" (Device.error_text error)
  in
  again ();
  expect "it was restarted" (Supervisor.starts supervisor = 2);
  print_endline "nvme"

let main () =
  Bundle.join_after ~on_return:`Terminate @@ fun drivers ->
  (match Virtio.Pci.all Virtio.Rng.kind with
  | [ f ] -> random (supervise drivers "rng" Virtio.Rng.run f)
  | _ -> failwith "one rng");
  print_endline "random";
  match Virtio.Pci.all Blk.kind with
  | [ first; second ] ->
      let blk = supervise drivers "blk" (fun transport -> Blk.run transport) first in
      Printf.printf "%d queues\n%!" (Blk.queues blk);
      expect "its name" (Blk.identity blk = Ok "first");
      let module Virtio_disk = Trial (Blk) in
      Virtio_disk.all blk;
      print_endline "virtio";
      let other = supervise drivers "other" (fun transport -> Blk.run transport) second in
      expect "read-only" (Blk.read_only other && Blk.identity other = Ok "second");
      let buffer = Dma.create 512 in
      let all : Device.slice list = [ { buffer; offset = 0; length = 512 } ] in
      ok "read" (Blk.read other ~sector:0 all);
      expect "the other's content" (Dma.sub_string buffer 0 5 = "other");
      refused "write" `Read_only (Blk.write other ~sector:0 all);
      Blk.finish blk `Gone;
      (* Its fiber may be in another domain, and be told a moment later. *)
      let rec until_refused () =
        match Blk.read blk ~sector:0 all with Ok _ -> until_refused () | answer -> refused "it has ended" `Gone answer
      in
      until_refused ();
      restart drivers first;
      nvme drivers
  | _ -> failwith "two disks"

let () =
  Classes.run_on ~n_domains:domains ~main_class:Drivers main;
  print_endline "all good"
