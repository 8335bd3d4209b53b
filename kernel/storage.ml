(* SPDX-License-Identifier: ISC *)

open Picos_std_structured
module Blocks = Redoxfs.Blocks
module Supervisor = Device_supervisor

type disk = { name : string; claim : Claim.t; blocks : Blocks.t; partitions : (Redoxfs.Gpt.partition * Blocks.t) list }

let ( let* ) = Result.bind

(* By the name that stays: each request asks for the device as it is now. *)
module Lasting (B : Device.BLOCK) = struct
  module Of = Blocks.Of (B)

  let blocks supervisor =
    let* first = Supervisor.device supervisor in
    let* (shape : Blocks.t) = Of.all first in
    let now use =
      let* device = Supervisor.device supervisor in
      let* (blocks : Blocks.t) = Of.all device in
      if blocks.count < shape.count then Error `Gone else use blocks
    in
    Ok
      {
        shape with
        read = (fun ~first ~count buffer -> now (fun blocks -> blocks.read ~first ~count buffer));
        write = (fun ~first ~count buffer -> now (fun blocks -> blocks.write ~first ~count buffer));
        flush = (fun () -> now (fun blocks -> blocks.flush ()));
      }
end

module Lasting_virtio = Lasting (Virtio.Blk)
module Lasting_nvme = Lasting (Nvme.Disk)

let drive bundle ~log name driver blocks =
  let supervisor = Supervisor.create name in
  Class_fiber.fork Drivers bundle (fun () ->
      let error = Supervisor.run ~report:log supervisor driver in
      log (Printf.sprintf "%s: %s" name (Device.error_text error)));
  (name, fun () -> blocks supervisor)

let virtio bundle ~log number f =
  let driver ready = match Virtio.Pci.transport f with Ok transport -> Virtio.Blk.run transport ready | Error error -> error in
  drive bundle ~log (Printf.sprintf "virtio%d" number) driver Lasting_virtio.blocks

let nvme bundle ~log number f =
  let driver ready = match Nvme.Access.of_pci f with Ok access -> Nvme.Disk.run access ready | Error error -> error in
  drive bundle ~log (Printf.sprintf "nvme%d" number) driver Lasting_nvme.blocks

let start bundle ~log =
  let started =
    List.mapi (virtio bundle ~log) (Virtio.Pci.all Virtio.Blk.kind) @ List.mapi (nvme bundle ~log) (Nvme.Access.all ())
  in
  let use (name, blocks) =
    match blocks () with
    | Error error ->
        log (Printf.sprintf "%s: %s" name (Device.error_text error));
        None
    | Ok blocks ->
        let partitions = match Blocks.partitions blocks with Ok partitions -> partitions | Error _ -> [] in
        log (Printf.sprintf "%s: %d MiB, %d partitions" name (blocks.count / 256) (List.length partitions));
        Some { name; claim = Claim.create (); blocks; partitions }
  in
  List.filter_map use started

let find_root disks =
  let data disk =
    List.mapi (fun i part -> (i, part)) disk.partitions
    |> List.find_map (fun (i, ((p : Redoxfs.Gpt.partition), blocks)) ->
           if p.type_guid = Redoxfs.Gpt.data_type then Some (Printf.sprintf "%sp%d" disk.name (i + 1), blocks) else None)
  in
  match List.find_map data disks with
  | Some found -> Some found
  | None -> List.find_map (fun disk -> if disk.partitions = [] then Some (disk.name, disk.blocks) else None) disks
