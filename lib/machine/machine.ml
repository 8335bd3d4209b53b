(* SPDX-License-Identifier: ISC *)

module Dma = Dma
module Mmio = Mmio
module Uart = Uart
module Ports = Ports
module Registers = Registers
module Console = Console
module Pci = Pci

type range = { start : int; size : int }
type space = Memory | Ports
type register = { space : space; width : int option; address : int }
type line = { number : int; level : bool; active_low : bool }
type source = Acpi | Devicetree
type table = { signature : string; length : int; revision : int; address : int }
type cpu = { hardware_id : int; firmware_id : int option; isa : string option }

type controller_kind =
  | Local_apic
  | Io_apic
  | Gic_distributor_v2
  | Gic_distributor_v3
  | Gic_redistributors
  | Gic_v2m
  | Gic_its
  | Plic
  | Clint
  | Aplic
  | Imsic

type controller = {
  kind : controller_kind;
  id : int;
  registers : range;
  more : range option;
  first_line : int;
  line_count : int option;
}

type isa_line = { isa_line : int; line : line }
type timer_kind = Hpet | Acpi_pm | Arm_generic | Riscv_time

type timer = {
  kind : timer_kind;
  width : int option;
  registers : register option;
  frequency_hz : int option;
  lines : line option list;
}

type uart_kind = Ns16550 | Pl011 | Sbsa | Other_uart

type uart = {
  kind : uart_kind;
  is_console : bool;
  registers : register;
  size : int option;
  stride : int;
  clock_hz : int option;
  baud : int option;
  line : line option;
}

type clock_kind = Cmos of { century_index : int option } | Pl031 | Goldfish
type clock = { kind : clock_kind; registers : range option; line : line option }
type window_kind = Port_window | Memory_window_32 | Memory_window_64
type window = { kind : window_kind; prefetchable : bool; bus_address : int; cpu_address : int; size : int }
type route = { bridges : (int * int) list; device : int; pin : int; line : line option }

type pci_host = {
  segment : int;
  first_bus : int;
  last_bus : int;
  ecam : range;
  msi_controller : int option;
  windows : window list;
  route_device_mask : int;
  route_pin_mask : int;
  routes : route list;
}

type psci = Hvc | Smc

type power = {
  psci : psci option;
  sbi : bool;
  hardware_reduced : bool;
  reset : (register * int) option;
  pm1a_control : register option;
  pm1b_control : register option;
  sleep_control : register option;
  finisher : range option;
  soft_off : (int * int) option;
}

type t = {
  sources : source list;
  model : string;
  root_table : int option;
  devicetree : range option;
  memory : range list;
  tables : table list;
  cpus : cpu list;
  controllers : controller list;
  isa_lines : isa_line list;
  timers : timer list;
  uarts : uart list;
  clocks : clock list;
  pci_hosts : pci_host list;
  power : power;
  problems : string list;
  discovery_us : int;
  interpretation_us : int option;
}

(* As stubs.c numbers them. *)
type section =
  | S_memory
  | S_tables
  | S_cpus
  | S_controllers
  | S_isa_lines
  | S_timers
  | S_uarts
  | S_clocks
  | S_hosts
  | S_windows
  | S_routes
  | S_power
  | S_root

type text = T_model | T_table_signatures | T_cpu_isas | T_problems

external rows : section -> int array array = "machine_rows"
external texts : text -> string array = "machine_texts"

let known n = if n = 0 then None else Some n
let range start size = { start; size }
let range_opt start size = if size = 0 then None else Some { start; size }
let register space width address = { space = (if space = 0 then Memory else Ports); width = known width; address }
let register_opt space width address = if address = 0 then None else Some (register space width address)

let line number flags =
  if number < 0 then None else Some { number; level = flags land 1 <> 0; active_low = flags land 2 <> 0 }

(* Enumerations start with 1. A row or a number that is not as here is a library that does not fit its nucleus. *)
let unfit () = failwith "Machine: the library and the nucleus are of different versions"
let nth kinds n = match List.nth_opt kinds (n - 1) with Some kind -> kind | None -> unfit ()

let controller_kind =
  nth
    [
      Local_apic;
      Io_apic;
      Gic_distributor_v2;
      Gic_distributor_v3;
      Gic_redistributors;
      Gic_v2m;
      Gic_its;
      Plic;
      Clint;
      Aplic;
      Imsic;
    ]

let timer_kind = nth [ Hpet; Acpi_pm; Arm_generic; Riscv_time ]
let uart_kind = nth [ Ns16550; Pl011; Sbsa; Other_uart ]
let window_kind = nth [ Port_window; Memory_window_32; Memory_window_64 ]
let section name decode = Array.to_list (Array.map decode (rows name))

(* Sections of a host's own parts have as many rows for each host; unused ones are empty. *)
let parts name decode host host_count =
  let all = rows name in
  let each = Array.length all / host_count in
  Array.sub all (host * each) each |> Array.to_list
  |> List.filter_map (fun row -> if row = [||] then None else Some (decode row))

let table signatures i = function
  | [| length; revision; address |] -> { signature = signatures.(i); length; revision; address }
  | _ -> unfit ()

let cpu isas i = function
  | [| hardware_id; firmware_id; _ |] ->
      {
        hardware_id;
        firmware_id = (if firmware_id = 0xffff_ffff then None else Some firmware_id);
        isa = (if isas.(i) = "" then None else Some isas.(i));
      }
  | _ -> unfit ()

let controller = function
  | [| kind; id; start; size; more_start; more_size; first_line; lines |] ->
      {
        kind = controller_kind kind;
        id;
        registers = range start size;
        more = range_opt more_start more_size;
        first_line;
        line_count = known lines;
      }
  | _ -> unfit ()

let isa_line = function
  | [| isa_line; number; flags |] -> (
      match line number flags with Some line -> { isa_line; line } | None -> unfit ())
  | _ -> unfit ()

let timer = function
  | [| kind; width; space; bits; address; hz; n0; f0; n1; f1; n2; f2; n3; f3 |] ->
      let kind = timer_kind kind in
      {
        kind;
        width = known width;
        registers = register_opt space bits address;
        frequency_hz = known hz;
        lines = (if kind = Arm_generic then [ line n0 f0; line n1 f1; line n2 f2; line n3 f3 ] else []);
      }
  | _ -> unfit ()

let uart = function
  | [| kind; is_console; space; width; address; size; stride; clock_hz; baud; number; flags |] ->
      {
        kind = uart_kind kind;
        is_console = is_console <> 0;
        registers = register space width address;
        size = known size;
        stride;
        clock_hz = known clock_hz;
        baud = known baud;
        line = line number flags;
      }
  | _ -> unfit ()

let clock = function
  | [| kind; century; start; size; number; flags |] ->
      {
        kind = nth [ Cmos { century_index = known century }; Pl031; Goldfish ] kind;
        registers = range_opt start size;
        line = line number flags;
      }
  | _ -> unfit ()

let window = function
  | [| kind; prefetchable; bus_address; cpu_address; size |] ->
      { kind = window_kind kind; prefetchable = prefetchable <> 0; bus_address; cpu_address; size }
  | _ -> unfit ()

(* Their number in the upper byte, each in a byte, the last one lowest. *)
let bridges code =
  List.init (code lsr 24) (fun i ->
      let slot = (code lsr (8 * ((code lsr 24) - 1 - i))) land 0xff in
      (slot lsr 3, slot land 7))

let route = function
  | [| device; pin; number; flags; code |] -> { bridges = bridges code; device; pin; line = line number flags }
  | _ -> unfit ()

let pci_host count i = function
  | [| segment; first_bus; last_bus; msi; start; size; route_device_mask; route_pin_mask |] ->
      {
        segment;
        first_bus;
        last_bus;
        ecam = range start size;
        msi_controller = known msi;
        windows = parts S_windows window i count;
        route_device_mask;
        route_pin_mask;
        routes = parts S_routes route i count;
      }
  | _ -> unfit ()

let power = function
  | [| psci; sbi; reduced; value; rs; rw; ra; as_; aw; aa; bs; bw; ba; ss; sw; sa; start; size; known; a; b |] ->
      {
        psci = (match psci with 0 -> None | n -> Some (nth [ Hvc; Smc ] n));
        sbi = sbi <> 0;
        hardware_reduced = reduced <> 0;
        reset = Option.map (fun register -> (register, value)) (register_opt rs rw ra);
        pm1a_control = register_opt as_ aw aa;
        pm1b_control = register_opt bs bw ba;
        sleep_control = register_opt ss sw sa;
        finisher = range_opt start size;
        soft_off = (if known <> 0 then Some (a, b) else None);
      }
  | _ -> unfit ()

let all root =
  let sources, discovery_us, interpretation_us, root_table, devicetree =
    match root with
    | [| sources; us; aml_us; root_table; start; size |] ->
        (sources, us, known aml_us, known root_table, range_opt start size)
    | _ -> unfit ()
  in
  let hosts = rows S_hosts in
  {
    sources =
      List.filter_map
        (fun (bit, source) -> if sources land bit <> 0 then Some source else None)
        [ (1, Acpi); (2, Devicetree) ];
    model = (texts T_model).(0);
    root_table;
    devicetree;
    memory = section S_memory (function [| start; size |] -> range start size | _ -> unfit ());
    tables = Array.to_list (Array.mapi (table (texts T_table_signatures)) (rows S_tables));
    cpus = Array.to_list (Array.mapi (cpu (texts T_cpu_isas)) (rows S_cpus));
    controllers = section S_controllers controller;
    isa_lines = section S_isa_lines isa_line;
    timers = section S_timers timer;
    uarts = section S_uarts uart;
    clocks = section S_clocks clock;
    pci_hosts = Array.to_list (Array.mapi (pci_host (Array.length hosts)) hosts);
    power = (match rows S_power with [| row |] -> power row | _ -> unfit ());
    problems = Array.to_list (texts T_problems);
    discovery_us;
    interpretation_us;
  }

let read () = match rows S_root with [| root |] -> Some (all root) | _ -> None

external clock_row : int -> int array = "machine_clock_registers"

let clock_registers index = Option.map snd (Device_registers.decode (clock_row index))

external start_anew : unit -> unit = "machine_reset"

let reset () =
  flush_all ();
  start_anew ();
  failwith "Machine.reset: this is no bare machine"

(* Printing: a line for each thing. *)

let pp_range ppf { start; size } = Format.fprintf ppf "0x%x-0x%x" start (start + size - 1)

let pp_register ppf { space; width; address } =
  Format.fprintf ppf "%s 0x%x" (match space with Memory -> "memory" | Ports -> "port") address;
  Option.iter (Format.fprintf ppf " (%d bits)") width

let pp_line ppf { number; level; active_low } =
  Format.fprintf ppf "%d %s %s" number (if active_low then "low" else "high") (if level then "level" else "edge")

let pp_option pp ppf = function None -> Format.pp_print_string ppf "-" | Some x -> pp ppf x

let controller_name = function
  | Local_apic -> "local APIC"
  | Io_apic -> "I/O APIC"
  | Gic_distributor_v2 -> "GICv2"
  | Gic_distributor_v3 -> "GICv3"
  | Gic_redistributors -> "GIC redistributors"
  | Gic_v2m -> "GICv2m"
  | Gic_its -> "GIC ITS"
  | Plic -> "PLIC"
  | Clint -> "CLINT"
  | Aplic -> "APLIC"
  | Imsic -> "IMSIC"

let timer_name = function
  | Hpet -> "HPET"
  | Acpi_pm -> "ACPI PM timer"
  | Arm_generic -> "generic timer"
  | Riscv_time -> "time register"

let uart_name = function Ns16550 -> "16550" | Pl011 -> "PL011" | Sbsa -> "SBSA" | Other_uart -> "unknown"
let clock_name = function Cmos _ -> "CMOS" | Pl031 -> "PL031" | Goldfish -> "goldfish"

let window_name = function
  | Port_window -> "ports"
  | Memory_window_32 -> "32-bit memory"
  | Memory_window_64 -> "64-bit memory"

let pp_cpu ppf cpu =
  Format.fprintf ppf "cpu 0x%x" cpu.hardware_id;
  Option.iter (Format.fprintf ppf ", UID %d") cpu.firmware_id;
  Option.iter (Format.fprintf ppf ", %s") cpu.isa

let pp_controller ppf (c : controller) =
  Format.fprintf ppf "interrupt controller %s %d: %a" (controller_name c.kind) c.id pp_range c.registers;
  Option.iter (Format.fprintf ppf " and %a" pp_range) c.more;
  if c.first_line <> 0 then Format.fprintf ppf ", lines from %d" c.first_line;
  Option.iter (Format.fprintf ppf ", %d lines") c.line_count

let pp_timer ppf (t : timer) =
  Format.fprintf ppf "timer %s" (timer_name t.kind);
  Option.iter (Format.fprintf ppf " at %a" pp_register) t.registers;
  Option.iter (Format.fprintf ppf ", %d bits") t.width;
  Option.iter (Format.fprintf ppf ", %d Hz") t.frequency_hz;
  if t.lines <> [] then
    Format.fprintf ppf ", lines %a"
      (Format.pp_print_list ~pp_sep:(fun ppf () -> Format.pp_print_string ppf ", ") (pp_option pp_line))
      t.lines

let pp_uart ppf (u : uart) =
  Format.fprintf ppf "uart %s at %a, line %a%s" (uart_name u.kind) pp_register u.registers (pp_option pp_line) u.line
    (if u.is_console then ", console" else "")

let pp_clock ppf (c : clock) =
  Format.fprintf ppf "clock %s" (clock_name c.kind);
  Option.iter (Format.fprintf ppf " at %a" pp_range) c.registers

let pp_host ppf host =
  Format.fprintf ppf "pci host %04x: buses %d-%d, configuration space %a" host.segment host.first_bus host.last_bus
    pp_range host.ecam;
  List.iter
    (fun (w : window) ->
      Format.fprintf ppf "@,  window %s: 0x%x-0x%x at 0x%x" (window_name w.kind) w.bus_address
        (w.bus_address + w.size - 1) w.cpu_address)
    host.windows;
  if host.routes <> [] then Format.fprintf ppf "@,  %d interrupt routes" (List.length host.routes)

let pp_power ppf power =
  Option.iter (function Hvc -> Format.fprintf ppf "power: PSCI by hvc@," | Smc -> Format.fprintf ppf "power: PSCI by smc@,") power.psci;
  if power.sbi then Format.fprintf ppf "power: SBI@,";
  if power.hardware_reduced then Format.fprintf ppf "power: hardware-reduced ACPI@,";
  Option.iter (Format.fprintf ppf "power: PM1a control at %a@," pp_register) power.pm1a_control;
  Option.iter (Format.fprintf ppf "power: PM1b control at %a@," pp_register) power.pm1b_control;
  Option.iter (Format.fprintf ppf "power: sleep control at %a@," pp_register) power.sleep_control;
  Option.iter (fun (r, value) -> Format.fprintf ppf "power: reset by 0x%x to %a@," value pp_register r) power.reset;
  Option.iter (fun (a, b) -> Format.fprintf ppf "power: soft-off by sleep types %d and %d@," a b) power.soft_off;
  Option.iter (Format.fprintf ppf "power: finisher at %a@," pp_range) power.finisher

let pp ppf t =
  let each pp list = List.iter (fun x -> Format.fprintf ppf "%a@," pp x) list in
  Format.fprintf ppf "@[<v>machine %s, told by %s@," t.model
    (String.concat " and "
       (List.map (function Acpi -> "ACPI" | Devicetree -> "a devicetree") t.sources));
  Option.iter (Format.fprintf ppf "ACPI root pointer at 0x%x@,") t.root_table;
  Option.iter (Format.fprintf ppf "devicetree at %a@," pp_range) t.devicetree;
  each (fun ppf (t : table) -> Format.fprintf ppf "table %s revision %d at 0x%x, %d bytes" t.signature t.revision t.address t.length) t.tables;
  each (fun ppf -> Format.fprintf ppf "memory %a" pp_range) t.memory;
  each pp_cpu t.cpus;
  each pp_controller t.controllers;
  each (fun ppf (i : isa_line) -> Format.fprintf ppf "ISA line %d arrives at line %a" i.isa_line pp_line i.line) t.isa_lines;
  each pp_timer t.timers;
  each pp_uart t.uarts;
  each pp_clock t.clocks;
  each pp_host t.pci_hosts;
  pp_power ppf t.power;
  each (fun ppf -> Format.fprintf ppf "problem: %s") t.problems;
  Format.fprintf ppf "@]"

(* For the scheme [sys] *)

let uname_text t =
  let model = match t with Some t -> t.model | None -> "a process" in
  Printf.sprintf "Bactrian, OCaml %s, on %s\n" Sys.ocaml_version model

let cpu_text = function
  | Some t ->
      let line i (cpu : cpu) = Printf.sprintf "%d %d %s\n" i cpu.hardware_id (Option.value cpu.isa ~default:"") in
      String.concat "" (List.mapi line t.cpus)
  | None -> Printf.sprintf "%d\n" (Domain.recommended_domain_count ())

let memory_text = function
  | Some t -> Printf.sprintf "total %d\n" (List.fold_left (fun sum (range : range) -> sum + range.size) 0 t.memory)
  | None -> ""
