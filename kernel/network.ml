(* SPDX-License-Identifier: ISC *)

module Supervisor = Device_supervisor

type card = { name : string; net : Virtio.Net.t Supervisor.t; claim : Claim.t }

let start bundle ~log =
  let card number f =
    let name = Printf.sprintf "virtio%d" number in
    let net = Supervisor.create name in
    let driver ready = match Virtio.Pci.transport f with Ok transport -> Virtio.Net.run transport ready | Error error -> error in
    Class_fiber.fork Drivers bundle (fun () ->
        let error = Supervisor.run ~report:log net driver in
        log (Printf.sprintf "net %s: %s" name (Device.error_text error)));
    { name; net; claim = Claim.create () }
  in
  List.mapi card (Virtio.Pci.all Virtio.Net.kind)
