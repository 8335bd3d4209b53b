(* SPDX-License-Identifier: ISC *)

(** The machine that the program runs on, as its firmware describes it: by ACPI tables, by a devicetree, or both.

    Addresses are physical. A {e line} is the interrupt controller's number of an interrupt: ACPI's global system
    interrupt, a GIC's INTID, a PLIC's or an APLIC's source. What firmware does not tell is [None], or left out. *)

type range = { start : int; size : int }

(** Where a register is: in memory, or at one of x86_64's ports. *)
type space = Memory | Ports

type register = { space : space; width : int option  (** bits *); address : int }
type line = { number : int; level : bool  (** else edges *); active_low : bool }
type source = Acpi | Devicetree

type table = { signature : string; length : int; revision : int; address : int }
(** An ACPI table. *)

type cpu = {
  hardware_id : int;  (** APIC id, MPIDR affinity, hart *)
  firmware_id : int option;  (** ACPI's processor UID *)
  isa : string option;  (** riscv64: the ISA string *)
}

type controller_kind =
  | Local_apic
  | Io_apic
  | Gic_distributor_v2  (** [more]: the CPU interface *)
  | Gic_distributor_v3  (** [more]: the redistributors *)
  | Gic_redistributors
  | Gic_v2m
  | Gic_its
  | Plic
  | Clint
  | Aplic
  | Imsic

type controller = {
  kind : controller_kind;
  id : int;  (** ACPI's, or the devicetree's phandle *)
  registers : range;
  more : range option;
  first_line : int;
  line_count : int option;
}

type isa_line = { isa_line : int; line : line }
(** Where a line of the old PC's interrupt controller arrives. *)

type timer_kind =
  | Hpet
  | Acpi_pm
  | Arm_generic  (** lines: secure, physical, virtual, hypervisor *)
  | Riscv_time

type timer = {
  kind : timer_kind;
  width : int option;  (** bits of the counter *)
  registers : register option;
  frequency_hz : int option;
  lines : line option list;
}

type uart_kind = Ns16550 | Pl011 | Sbsa | Other_uart

type uart = {
  kind : uart_kind;
  is_console : bool;  (** firmware or the devicetree names it as the console *)
  registers : register;
  size : int option;
  stride : int;  (** bytes from one register to the next *)
  clock_hz : int option;
  baud : int option;
  line : line option;
}

type clock_kind = Cmos of { century_index : int option } | Pl031 | Goldfish
type clock = { kind : clock_kind; registers : range option; line : line option }
type window_kind = Port_window | Memory_window_32 | Memory_window_64

type window = { kind : window_kind; prefetchable : bool; bus_address : int; cpu_address : int; size : int }
(** A part of the PCI bus' addresses that the CPU sees. *)

type route = {
  bridges : (int * int) list;  (** device and function of those that lead to its bus; none: it is the root bus *)
  device : int;
  pin : int;
  line : line option;
}
(** Which line pin [pin] (1 to 4) of a device raises. Both are masked with the host's masks; [device] is
    [device lsl 11 lor function lsl 8]. *)

type pci_host = {
  segment : int;
  first_bus : int;
  last_bus : int;
  ecam : range;  (** its configuration space, from [first_bus] on *)
  msi_controller : int option;  (** the [id] of the controller that takes its messages *)
  windows : window list;  (** none: not told *)
  route_device_mask : int;
  route_pin_mask : int;
  routes : route list;
}

type psci = Hvc | Smc

type power = {
  psci : psci option;
  sbi : bool;  (** there is a RISC-V supervisor binary interface *)
  hardware_reduced : bool;  (** ACPI without the old registers *)
  reset : (register * int) option;  (** write the value there *)
  pm1a_control : register option;
  pm1b_control : register option;
  sleep_control : register option;
  finisher : range option;  (** the [sifive_test] device *)
  soft_off : (int * int) option;  (** the sleep types of soft-off, where AML has told them *)
}
(** How the machine is switched off and reset. *)

type t = {
  sources : source list;
  model : string;  (** the devicetree's, or whose ACPI tables these are *)
  root_table : int option;  (** where ACPI's root pointer is *)
  devicetree : range option;
  memory : range list;  (** usable memory, sorted, apart *)
  tables : table list;
  cpus : cpu list;
  controllers : controller list;
  isa_lines : isa_line list;
  timers : timer list;
  uarts : uart list;
  clocks : clock list;
  pci_hosts : pci_host list;
  power : power;
  problems : string list;  (** what was malformed and is therefore left out, in words *)
  discovery_us : int;  (** how long it took to read all this *)
  interpretation_us : int option;  (** and to interpret AML; [None]: none was interpreted *)
}

val read : unit -> t option
(** The description, always the same. [None]: the program does not run on a bare machine. *)

val reset : unit -> 'a
(** Starts the machine anew. Standard output is flushed; [at_exit] functions do not run.
    @raise Failure where the program does not run on a bare machine. *)

val pp : Format.formatter -> t -> unit
(** All of it, for people. *)

(** Texts of the scheme [sys]; [None]: of a program that does not run on a bare machine. *)

val uname_text : t option -> string
val cpu_text : t option -> string
(** A line for each: number, hardware's number, what it can. *)

val memory_text : t option -> string
(** ["total BYTES\n"], or nothing. *)

val clock_registers : int -> Registers.t option
(** Those of a real-time clock, by its place in [clocks]: a PC's index and data ports, or a memory's words of 32 bits. [None]:
    it cannot be reached. *)

(** UARTs beside the console's. *)
module Uart = Uart

(** x86_64's ports. *)
module Ports = Ports

(** The registers of a device. *)
module Registers = Registers

(** The console's UART. *)
module Console = Console

(** Device memory. *)
module Mmio = Mmio

(** Memory for devices. *)
module Dma = Dma

(** The functions on the machine's PCI buses. *)
module Pci = Pci
