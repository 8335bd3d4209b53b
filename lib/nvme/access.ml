(* SPDX-License-Identifier: ISC *)

module Pci = Machine.Pci
module Mmio = Machine.Mmio

type t = {
  name : string;
  read32 : int -> int;
  write32 : int -> int -> unit;
  interrupt : int -> int * Device_interrupt.t;
  shared : bool;
}

let is_controller f = Pci.class_code f = 0x010802
let all () = List.filter is_controller (Pci.all ())

(* An entry of the table for each queue, as long as there are some; the pin stands for all. *)
let interrupts f =
  let claim source = Device_interrupt.of_pci f source in
  match claim (Msi_x 0) with
  | None -> Option.map (fun pin -> (true, fun _ -> (0, pin))) (claim Pin)
  | Some first ->
      let known = Hashtbl.create 4 and mutex = Mutex.create () in
      Hashtbl.add known 0 (0, first);
      let find queue =
        match Hashtbl.find_opt known queue with
        | Some found -> found
        | None ->
            let found = match claim (Msi_x queue) with Some event -> (queue, event) | None -> (0, first) in
            Hashtbl.add known queue found;
            found
      in
      Some (false, fun queue -> Mutex.protect mutex (fun () -> find queue))

let make f =
  Pci.enable ~memory:true ~bus_master:true f;
  match Pci.map f 0 with
  | Some registers when Mmio.size registers >= 0x1010 ->
      let name = Printf.sprintf "nvme at %04x:%02x:%02x.%d" (Pci.segment f) (Pci.bus f) (Pci.device f) (Pci.function_ f) in
      let made (shared, interrupt) =
        { name; read32 = Mmio.read32 registers; write32 = Mmio.write32 registers; interrupt; shared }
      in
      Option.to_result ~none:`Unsupported (Option.map made (interrupts f))
  | _ -> Error `Unsupported

(* By bus address: interrupts are given once. *)
let made : (int * int * int * int, (t, Device.error) result) Hashtbl.t = Hashtbl.create 4
let making = Mutex.create ()

let of_pci f =
  let key = (Pci.segment f, Pci.bus f, Pci.device f, Pci.function_ f) in
  Mutex.protect making (fun () ->
      match Hashtbl.find_opt made key with
      | Some access -> access
      | None ->
          let access = if is_controller f then make f else Error `Unsupported in
          Hashtbl.add made key access;
          access)
