(* SPDX-License-Identifier: ISC *)

type bar_kind = Ports | Memory_32 | Memory_64

type bar = {
  index : int;
  kind : bar_kind;
  prefetchable : bool;
  bus_address : int option;
  cpu_address : int option;
  size : int;
}

type capability = { id : int; offset : int; version : int; extended : bool }

type t = {
  number : int;
  segment : int;
  bus : int;
  device : int;
  function_ : int;
  vendor_id : int;
  device_id : int;
  class_code : int;
  revision : int;
  subsystem : (int * int) option;
  buses_behind : (int * int) option;
  interrupt_pin : int option;
  interrupt_line : int option;
  firmware_line : int;
  bars : bar list;
  capabilities : capability list;
}

external scan : unit -> int array = "machine_pci_scan"
external function_row : int -> int array = "machine_pci_function"
external bar_row : int -> int -> int array = "machine_pci_bar"
external capability_rows : int -> int array = "machine_pci_capabilities"
external texts : int -> string array = "machine_texts"

external read_part : (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "machine_pci_read_boxed" "machine_pci_read"
[@@noalloc]

external write_part : (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "machine_pci_write_boxed" "machine_pci_write"
[@@noalloc]

external enable_commands : int -> int -> bool = "machine_pci_enable"
external map_bar : int -> int -> nativeint = "machine_pci_map"

let unfit () = failwith "Machine.Pci: the library and the nucleus are of different versions"
let known n = if n = 0 then None else Some n

let bar number index =
  match bar_row number index with
  | [| 0; _; _; _; _ |] -> None
  | [| kind; prefetchable; bus_address; cpu_address; size |] ->
      let kind = match kind with 1 -> Ports | 2 -> Memory_32 | 3 -> Memory_64 | _ -> unfit () in
      Some
        {
          index;
          kind;
          prefetchable = prefetchable <> 0;
          bus_address = known bus_address;
          cpu_address = known cpu_address;
          size;
        }
  | _ -> unfit ()

let capabilities_of number =
  let rows = capability_rows number in
  List.init
    (Array.length rows / 3)
    (fun i ->
      let offset = rows.((3 * i) + 1) in
      { id = rows.(3 * i); offset; version = rows.((3 * i) + 2); extended = offset >= 0x100 })

let get number =
  match function_row number with
  | [|
   _; segment; bus; device; function_; vendor_id; device_id; class_code; revision; header_type; subsystem_vendor;
   subsystem_id; _; secondary; subordinate; pin; line; _; firmware_line;
  |] ->
      {
        number;
        segment;
        bus;
        device;
        function_;
        vendor_id;
        device_id;
        class_code;
        revision;
        subsystem = (if header_type = 0 then Some (subsystem_vendor, subsystem_id) else None);
        buses_behind = (if secondary = 0 then None else Some (secondary, subordinate));
        interrupt_pin = known pin;
        interrupt_line = (if line < 0 then None else Some line);
        firmware_line;
        bars = List.filter_map (bar number) [ 0; 1; 2; 3; 4; 5; 6 ];
        capabilities = capabilities_of number;
      }
  | _ -> unfit ()

let all () = List.init (scan ()).(0) get
let scan_us () = (scan ()).(1)

let problems () =
  let of_pci = 4 in
  Array.to_list (texts of_pci)

let segment t = t.segment
let bus t = t.bus
let device t = t.device
let function_ t = t.function_
let vendor_id t = t.vendor_id
let device_id t = t.device_id
let subsystem t = t.subsystem
let class_code t = t.class_code
let revision t = t.revision
let buses_behind t = t.buses_behind
let interrupt_pin t = t.interrupt_pin
let interrupt_line t = t.interrupt_line
let firmware_line t = t.firmware_line
let bars t = t.bars
let capabilities t = t.capabilities

let read width t offset =
  let value = read_part t.number offset width in
  if value < 0 then invalid_arg "Machine.Pci.read" else value

let read8 t offset = read 1 t offset
let read16 t offset = read 2 t offset
let read32 t offset = read 4 t offset
let write width t offset value = if write_part t.number offset width value < 0 then invalid_arg "Machine.Pci.write"
let write8 t offset value = write 1 t offset value
let write16 t offset value = write 2 t offset value
let write32 t offset value = write 4 t offset value

let enable ?(ports = false) ?(memory = false) ?(bus_master = false) t =
  let commands = Bool.to_int ports lor (Bool.to_int memory lsl 1) lor (Bool.to_int bus_master lsl 2) in
  if not (enable_commands t.number commands) then unfit ()

module Memory = Mmio

let map t index =
  match List.find_opt (fun bar -> bar.index = index && index < 6) t.bars with
  | None -> None
  | Some { size; _ } -> (
      match map_bar t.number index with 0n -> None | base -> Some (Mmio.unsafe_at base size))

let registers t index =
  match (List.find_opt (fun bar -> bar.index = index) t.bars, map t index) with
  | _, Some memory -> Some (Registers.of_memory memory ~stride:1 ~width:1)
  | Some { kind = Ports; bus_address = Some at; size; _ }, None when Ports.are_there () && at + size <= 0x10000 ->
      Some (Registers.of_ports (Ports.unsafe_at at size))
  | _, None -> None

type source = Msi_x of int | Msi | Pin

external claim : int -> int -> int -> int = "machine_pci_interrupt"

module Interrupt = struct
  type t = int

  external wait_ns : t -> int -> int -> int = "machine_interrupt_wait"

  (* A signal may end a wait early. *)
  let wait ?timeout t ~seen =
    match timeout with
    | Some seconds -> wait_ns t seen (int_of_float (Float.min (seconds *. 1e9) 1e18))
    | None ->
        let rec again () =
          let count = wait_ns t seen (-1) in
          if count > seen then count else again ()
        in
        again ()

  external arm_event : (t[@untagged]) -> (int[@untagged]) -> (int[@untagged])
    = "machine_interrupt_arm_boxed" "machine_interrupt_arm"
  [@@noalloc]

  external next_event : unit -> (int[@untagged]) = "machine_interrupt_next_boxed" "machine_interrupt_next" [@@noalloc]
  external wait_any : unit -> unit = "machine_interrupt_wait_any"
  external rouse : unit -> unit = "machine_interrupt_rouse" [@@noalloc]

  let max_number = 63
  let number t = t
  let unsafe_of_number t = t
  let arm t ~seen = arm_event t seen
  let next () = next_event ()
end

let interrupt t source =
  let kind, entry = match source with Msi_x n -> (1, n) | Msi -> (2, 0) | Pin -> (3, 0) in
  match claim t.number kind entry with event when event >= 0 -> Some event | _ -> None

let pp_bar ppf bar =
  Format.fprintf ppf "@,  %s: %s%s"
    (if bar.index = 6 then "ROM" else Printf.sprintf "BAR %d" bar.index)
    (match bar.kind with Ports -> "ports" | Memory_32 -> "32-bit memory" | Memory_64 -> "64-bit memory")
    (if bar.prefetchable then ", prefetchable" else "");
  (match bar.bus_address with
  | Some at -> Format.fprintf ppf " 0x%x-0x%x" at (at + bar.size - 1)
  | None -> Format.fprintf ppf " of 0x%x bytes, no place" bar.size);
  if bar.cpu_address <> bar.bus_address then Option.iter (Format.fprintf ppf " at 0x%x") bar.cpu_address

let pp_capability ppf { id; offset; version; extended } =
  if extended then Format.fprintf ppf "@,  extended capability 0x%04x version %d at 0x%x" id version offset
  else Format.fprintf ppf "@,  capability 0x%02x at 0x%x" id offset

let pp ppf t =
  Format.fprintf ppf "@[<v>%04x:%02x:%02x.%d: %04x:%04x class %06x revision %02x" t.segment t.bus t.device t.function_
    t.vendor_id t.device_id t.class_code t.revision;
  Option.iter (fun (vendor, id) -> Format.fprintf ppf ", subsystem %04x:%04x" vendor id) t.subsystem;
  Option.iter (fun (first, last) -> Format.fprintf ppf ", to buses %d-%d" first last) t.buses_behind;
  Option.iter
    (fun pin ->
      Format.fprintf ppf "@,  interrupt pin %c" (Char.chr (Char.code 'A' + pin - 1));
      Option.iter (Format.fprintf ppf ", line %d") t.interrupt_line)
    t.interrupt_pin;
  List.iter (pp_bar ppf) t.bars;
  List.iter (pp_capability ppf) t.capabilities;
  Format.fprintf ppf "@]"
