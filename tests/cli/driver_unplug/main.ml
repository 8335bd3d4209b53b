(* SPDX-License-Identifier: ISC
   main DOMAINS: two disks are read by several fibers each, a virtio and an NVMe one. When somebody asks for one, its slot's
   power goes off in the middle of that: every request then ends, at last with an error, and the other disk goes on. *)

open Picos_std_structured
module Dma = Machine.Dma
module Supervisor = Device_supervisor

let fail format = Printf.ksprintf failwith format
let expect what holds = if not holds then failwith what
let ok what = function Ok x -> x | Error error -> fail "%s: %s" what (Device.error_text error)
let domains = int_of_string Sys.argv.(1)
let readers = 6

module Watch (Disk : Device.BLOCK) = struct
  (* Until the first error; how many were done. *)
  let read_on disk finished =
    let size = 64 * 1024 in
    let buffer = Dma.create size in
    let rec go n =
      match Disk.read disk ~sector:(n * 7 mod 1000) [ { buffer; offset = 0; length = size } ] with
      | Ok () -> if Atomic.get finished then n else go (n + 1)
      | Error `Gone -> n
      | Error error -> fail "read: %s" (Device.error_text error)
    in
    go 0

  let run name supervisor finish slot ~others_finished =
    let disk = ok name (Supervisor.device supervisor) in
    let gone = Atomic.make false in
    Bundle.join_after (fun all ->
        for _ = 1 to readers do
          Bundle.fork all (fun () -> expect "some were read" (read_on disk others_finished > 0))
        done;
        Bundle.fork all (fun () ->
            Device_slot.await_request slot;
            Device_slot.power_off slot;
            Device_slot.await_empty slot;
            finish disk `Gone;
            Atomic.set gone true));
    expect "it is gone" (Atomic.get gone && not (Device_slot.is_occupied slot));
    expect "nothing more is read"
      (Disk.read disk ~sector:0 [ { buffer = Dma.create 512; offset = 0; length = 512 } ] = Error `Gone);
    let rec dead () = match Supervisor.device supervisor with Error `Gone -> () | _ -> Control.yield (); dead () in
    dead ();
    Printf.printf "%s is gone\n%!" name
end

module Watch_virtio = Watch (Virtio.Blk)
module Watch_nvme = Watch (Nvme.Disk)

let slot f = match Device_slot.of_function f with Some slot -> slot | None -> failwith "no slot"

let main () =
  let virtio = match Virtio.Pci.all Virtio.Blk.kind with [ f ] -> f | _ -> failwith "one virtio disk" in
  let nvme = match Nvme.Access.all () with [ f ] -> f | _ -> failwith "one NVMe disk" in
  expect "both are there" (Device_slot.is_occupied (slot virtio) && Device_slot.is_occupied (slot nvme));
  Bundle.join_after @@ fun all ->
  let first = Supervisor.create "virtio" and second = Supervisor.create "nvme" in
  let transport = ok "virtio" (Virtio.Pci.transport virtio) and access = ok "nvme" (Nvme.Access.of_pci nvme) in
  Bundle.fork all (fun () -> expect "gone" (Supervisor.run first (fun ready -> Virtio.Blk.run transport ready) = `Gone));
  Bundle.fork all (fun () -> expect "gone" (Supervisor.run second (fun ready -> Nvme.Disk.run access ready) = `Gone));
  let never = Atomic.make false in
  Bundle.fork all (fun () ->
      ignore (ok "device" (Supervisor.device first));
      ignore (ok "device" (Supervisor.device second));
      prerr_endline "reading");
  Bundle.fork all (fun () ->
      Watch_virtio.run "virtio" first Virtio.Blk.finish (slot virtio) ~others_finished:never;
      prerr_endline "next");
  Bundle.fork all (fun () -> Watch_nvme.run "nvme" second Nvme.Disk.finish (slot nvme) ~others_finished:never)

let () =
  Picox_classes.run_on ~n_domains:domains ~main_class:Drivers main;
  print_endline "all good"
