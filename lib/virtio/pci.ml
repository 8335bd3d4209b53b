(* SPDX-License-Identifier: ISC *)

module Pci = Machine.Pci
module Mmio = Machine.Mmio

let vendor = 0x1af4

(* Transitional devices have old ids, and the type as their subsystem's. *)
let kind f =
  if Pci.vendor_id f <> vendor then None
  else
    let id = Pci.device_id f in
    if id >= 0x1040 && id <= 0x107f then Some (id - 0x1040)
    else if id >= 0x1000 && id <= 0x103f then Option.map snd (Pci.subsystem f)
    else None

let all wanted = List.filter (fun f -> kind f = Some wanted) (Pci.all ())

(* A capability of the vendor's: which part of which BAR. *)
type part = { purpose : int; bar : int; offset : int; length : int; at : int }

let common_part = 1
let notify_part = 2
let status_part = 3
let config_part = 4

let part f (capability : Pci.capability) =
  let vendor_specific = 9 in
  let at = capability.offset in
  if capability.extended || capability.id <> vendor_specific || Pci.read8 f (at + 2) < 16 then None
  else
    Some
      {
        purpose = Pci.read8 f (at + 3);
        bar = Pci.read8 f (at + 4);
        offset = Pci.read32 f (at + 8);
        length = Pci.read32 f (at + 12);
        at;
      }

exception Unfit

(* The first one of its purpose that can be reached: later ones are alternatives. *)
let find parts bars f purpose ~least =
  let reach part =
    match bars f part.bar with
    | Some memory when part.length >= least -> (
        try Some (part, Mmio.sub memory part.offset part.length) with Invalid_argument _ -> None)
    | _ -> None
  in
  match List.find_map reach (List.filter (fun part -> part.purpose = purpose) parts) with
  | Some found -> found
  | None -> raise Unfit

let find_opt parts bars f purpose = try Some (snd (find parts bars f purpose ~least:1)) with Unfit -> None

(* Registers of the common part. *)
module Common = struct
  let size = 56
  let device_feature_select = 0
  let device_feature = 4
  let driver_feature_select = 8
  let driver_feature = 12
  let config_vector = 16
  let queue_count = 18
  let status = 20
  let generation = 21
  let queue_select = 22
  let queue_size = 24
  let queue_vector = 26
  let queue_enable = 28
  let queue_notify = 30
  let queue_descriptors = 32
  let queue_driver = 40
  let queue_device = 48
end

let no_vector = 0xffff

type interrupts =
  | Messages of { changed : Device_interrupt.t; of_queue : (int, int * Device_interrupt.t) Hashtbl.t }
      (** a queue's entry of the table, and its event *)
  | Pin of Device_interrupt.t

let interrupts f =
  match Device_interrupt.of_pci f (Msi_x 0) with
  | Some changed -> Messages { changed; of_queue = Hashtbl.create 4 }
  | None -> (
      match Device_interrupt.of_pci f Pin with Some event -> Pin event | None -> raise Unfit)

(* When no more can be had, a queue shares the configuration's. *)
let vector f interrupts queue =
  match interrupts with
  | Pin event -> (no_vector, event)
  | Messages { changed; of_queue } -> (
      match Hashtbl.find_opt of_queue queue with
      | Some found -> found
      | None ->
          let found =
            match Device_interrupt.of_pci f (Msi_x (queue + 1)) with
            | Some event -> (queue + 1, event)
            | None -> (0, changed)
          in
          Hashtbl.add of_queue queue found;
          found)

let write64 memory offset n =
  Mmio.write32 memory offset (n land 0xffff_ffff);
  Mmio.write32 memory (offset + 4) (n lsr 32)

let make f kind =
  let capabilities = Pci.capabilities f in
  let parts = List.filter_map (part f) capabilities in
  let mapped = Hashtbl.create 4 in
  let bars f index =
    match Hashtbl.find_opt mapped index with
    | Some memory -> memory
    | None ->
        let memory = Pci.map f index in
        Hashtbl.add mapped index memory;
        memory
  in
  let _, common = find parts bars f common_part ~least:Common.size in
  let notify_at, notifications = find parts bars f notify_part ~least:2 in
  let _, isr = find parts bars f status_part ~least:1 in
  let config = find_opt parts bars f config_part in
  Pci.enable ~memory:true ~bus_master:true f;
  let multiplier = if Pci.read8 f (notify_at.at + 2) >= 20 then Pci.read32 f (notify_at.at + 16) else 0 in
  let interrupts = interrupts f in
  let read8 = Mmio.read8 common and read16 = Mmio.read16 common and read32 = Mmio.read32 common in
  let write8 = Mmio.write8 common and write16 = Mmio.write16 common and write32 = Mmio.write32 common in
  let selecting = Mutex.create () in
  let with_queue queue f =
    Mutex.protect selecting (fun () ->
        write16 Common.queue_select queue;
        f ())
  in
  let places = Hashtbl.create 4 in
  let features () =
    write32 Common.device_feature_select 0;
    let low = read32 Common.device_feature in
    write32 Common.device_feature_select 1;
    low lor (read32 Common.device_feature lsl 32)
  in
  let accept wanted =
    write32 Common.driver_feature_select 0;
    write32 Common.driver_feature (wanted land 0xffff_ffff);
    write32 Common.driver_feature_select 1;
    write32 Common.driver_feature (wanted lsr 32);
    match interrupts with Messages _ -> write16 Common.config_vector 0 | Pin _ -> ()
  in
  let start_queue queue ~entries ~descriptors ~available ~used =
    let vector, _ = vector f interrupts queue in
    with_queue queue (fun () ->
        write16 Common.queue_size entries;
        write16 Common.queue_vector vector;
        if vector <> no_vector && read16 Common.queue_vector <> vector then raise Unfit;
        write64 common Common.queue_descriptors descriptors;
        write64 common Common.queue_driver available;
        write64 common Common.queue_device used;
        Hashtbl.replace places queue (read16 Common.queue_notify * multiplier);
        write16 Common.queue_enable 1)
  in
  let notify queue =
    match Hashtbl.find places queue with
    | place -> ( try Mmio.write16 notifications place queue with Invalid_argument _ -> ())
    | exception Not_found -> ()
  in
  let of_config read offset = match config with Some memory -> read memory offset | None -> invalid_arg "Virtio.Pci: no configuration" in
  {
    Transport.name = Printf.sprintf "virtio %d at %04x:%02x:%02x.%d" kind (Pci.segment f) (Pci.bus f) (Pci.device f) (Pci.function_ f);
    kind;
    queues = read16 Common.queue_count;
    features;
    accept;
    status = (fun () -> read8 Common.status);
    set_status = write8 Common.status;
    queue_size = (fun queue -> with_queue queue (fun () -> read16 Common.queue_size));
    start_queue;
    notify;
    interrupt = (fun queue -> snd (vector f interrupts queue));
    changed = (match interrupts with Messages { changed; _ } -> changed | Pin event -> event);
    shared = (match interrupts with Messages _ -> None | Pin _ -> Some (fun () -> Mmio.read8 isr 0));
    generation = (fun () -> read8 Common.generation);
    config_size = (match config with Some memory -> Mmio.size memory | None -> 0);
    config8 = of_config Mmio.read8;
    config16 = of_config Mmio.read16;
    config32 = of_config Mmio.read32;
  }

(* By bus address: interrupts are given once. *)
let made : (int * int * int * int, (Transport.t, Device.error) result) Hashtbl.t = Hashtbl.create 8
let making = Mutex.create ()

let transport f =
  let key = (Pci.segment f, Pci.bus f, Pci.device f, Pci.function_ f) in
  Mutex.protect making (fun () ->
      match Hashtbl.find_opt made key with
      | Some transport -> transport
      | None ->
          let transport =
            match kind f with
            | None -> Error `Unsupported
            | Some kind -> ( try Ok (make f kind) with Unfit | Invalid_argument _ -> Error `Unsupported)
          in
          Hashtbl.add made key transport;
          transport)
