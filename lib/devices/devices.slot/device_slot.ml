(* SPDX-License-Identifier: ISC *)

open Picos
module Pci = Machine.Pci

type t = { port : Pci.t; at : int  (** of its capability *) }

let express = 0x10

(* Registers of the capability, and their bits. *)
let flags = 0x02
let has_slot = 1 lsl 8
let capabilities = 0x14
let has_hot_plug = 1 lsl 6
let control = 0x18
let power_indicator = 3 lsl 8
let power_off_bit = 1 lsl 10
let status = 0x1a
let button = 1
let changed = 1 lsl 3
let present = 1 lsl 6

let of_port port =
  let is_express (c : Pci.capability) = (not c.extended) && c.id = express in
  match List.find_opt is_express (Pci.capabilities port) with
  | Some { offset = at; _ }
    when Pci.buses_behind port <> None
         && Pci.read16 port (at + flags) land has_slot <> 0
         && Pci.read32 port (at + capabilities) land has_hot_plug <> 0 ->
      Some { port; at }
  | _ -> None

let all () = List.filter_map of_port (Pci.all ())

let of_function f =
  List.find_opt (fun t -> match Pci.buses_behind t.port with Some (first, _) -> first = Pci.bus f | None -> false) (all ())

let read t register = Pci.read16 t.port (t.at + register)
let write t register n = Pci.write16 t.port (t.at + register) n
let is_occupied t = read t status land present <> 0 && read t control land power_off_bit = 0
let between_looks = 0.02

let rec await_request t =
  let now = read t status in
  if now land button <> 0 then write t status button
  else if now land present <> 0 then begin
    Fiber.sleep ~seconds:between_looks;
    await_request t
  end

(* The indicator's three is "off". *)
let power_off t = write t control (read t control lor power_indicator lor power_off_bit)

let rec await_empty t =
  if read t status land present <> 0 then begin
    Fiber.sleep ~seconds:between_looks;
    await_empty t
  end
  else write t status changed
