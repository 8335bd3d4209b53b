(* SPDX-License-Identifier: ISC
   How fast disks are: random reads of 4 KiB, one at a time and 32 at a time, and reads of 1 MiB one after the other, of
   the first virtio disk and the first NVMe disk. Times are in seconds a request. *)

open Picos_std_structured
module Dma = Machine.Dma
module Supervisor = Device_supervisor

let ok what = function Ok x -> x | Error error -> failwith (what ^ ": " ^ Device.error_text error)
let now () = Unix.gettimeofday ()

let drive bundle name run =
  let supervisor = Supervisor.create name in
  Bundle.fork bundle (fun () -> ignore (Supervisor.run supervisor run));
  ok name (Supervisor.device supervisor)

module Measure (Disk : Device.BLOCK) = struct
  let random_reads disk ~depth ~count =
    let sectors = 4096 / Disk.sector_size disk in
    let places = Disk.sectors disk / sectors in
    let left = Atomic.make count in
    let reader seed () =
      let random = Random.State.make [| seed |] in
      let buffer = Dma.create 4096 in
      let slices : Device.slice list = [ { buffer; offset = 0; length = 4096 } ] in
      while Atomic.fetch_and_add left (-1) > 0 do
        ok "read" (Disk.read disk ~sector:(Random.State.int random places * sectors) slices)
      done
    in
    let start = now () in
    Bundle.join_after (fun all -> for seed = 1 to depth do Bundle.fork all (reader seed) done);
    (now () -. start) /. float count

  let sequential_reads disk ~count =
    let piece = 1 lsl 20 in
    let sectors = piece / Disk.sector_size disk in
    let places = Disk.sectors disk / sectors in
    let buffer = Dma.create piece in
    let start = now () in
    for n = 0 to count - 1 do
      ok "read" (Disk.read disk ~sector:(n mod places * sectors) [ { buffer; offset = 0; length = piece } ])
    done;
    (now () -. start) /. float count

  let run name disk ~count =
    Printf.printf "%s_random_1 %.9f\n%!" name (random_reads disk ~depth:1 ~count);
    Printf.printf "%s_random_32 %.9f\n%!" name (random_reads disk ~depth:32 ~count:(4 * count));
    Printf.printf "%s_sequential %.9f\n%!" name (sequential_reads disk ~count:(count / 4))
end

module Of_virtio = Measure (Virtio.Blk)
module Of_nvme = Measure (Nvme.Disk)

let main () =
  let count = if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 1000 in
  Bundle.join_after ~on_return:`Terminate @@ fun drivers ->
  (match Virtio.Pci.all Virtio.Blk.kind with
  | f :: _ ->
      let transport = ok "virtio" (Virtio.Pci.transport f) in
      Of_virtio.run "virtio" (drive drivers "virtio" (fun ready -> Virtio.Blk.run transport ready)) ~count
  | [] -> ());
  match Nvme.Access.all () with
  | f :: _ -> Of_nvme.run "nvme" (drive drivers "nvme" (Nvme.Disk.run (ok "nvme" (Nvme.Access.of_pci f)))) ~count
  | [] -> ()

let () = Picox_classes.run_on ~n_domains:(Domain.recommended_domain_count ()) ~main_class:Drivers main
