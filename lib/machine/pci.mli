(* SPDX-License-Identifier: ISC *)

(** The functions on the machine's PCI buses. They are found when this is first asked for; those to which firmware has
    given no addresses get some then. *)

type t
(** A function that is there. *)

type bar_kind = Ports | Memory_32 | Memory_64

type bar = {
  index : int;  (** 0 to 5; 6: the expansion ROM *)
  kind : bar_kind;
  prefetchable : bool;
  bus_address : int option;  (** [None]: it has no place *)
  cpu_address : int option;  (** where the CPU sees it *)
  size : int;
}
(** A range of addresses that a function answers to. *)

type capability = { id : int; offset : int  (** in configuration space *); version : int; extended : bool }
(** The ids of extended ones are of their own. *)

val all : unit -> t list
(** All functions, each bus before those behind it; none where the program does not run on a bare machine. *)

val problems : unit -> string list
(** What was malformed and is therefore left out, in words. *)

val scan_us : unit -> int
(** How long it took to find them and to give them places. *)

(** {1 What a function tells} *)

val segment : t -> int
val bus : t -> int
val device : t -> int
val function_ : t -> int
val vendor_id : t -> int
val device_id : t -> int
val subsystem : t -> (int * int) option  (** vendor and id *)

val class_code : t -> int
(** [class lsl 16 lor subclass lsl 8 lor programming_interface]. *)

val revision : t -> int
val buses_behind : t -> (int * int) option  (** of a bridge: the first and the last *)

val interrupt_pin : t -> int option
(** 1 to 4: A to D. *)

val interrupt_line : t -> int option
(** The line that the pin raises, where the devicetree or AML tells. *)

val firmware_line : t -> int
(** What firmware wrote into the interrupt-line register. *)

val bars : t -> bar list
val capabilities : t -> capability list

(** {1 Configuration space}

    Offsets are multiples of the width. A read or write that is out of the function's space raises [Invalid_argument]. *)

val read8 : t -> int -> int
val read16 : t -> int -> int
val read32 : t -> int -> int

val write8 : t -> int -> int -> unit
(** [write8 t offset value]. Only what is behind the standard header can be written, and not MSI and MSI-X: those are the
    nucleus'. @raise Invalid_argument also for those. *)

val write16 : t -> int -> int -> unit
val write32 : t -> int -> int -> unit

val enable : ?ports:bool -> ?memory:bool -> ?bus_master:bool -> t -> unit
(** Lets the function answer to its BARs, and be bus master; what is not given is switched off. *)

(** {1 Device memory} *)

(** The memory behind a BAR. *)
module Memory = Mmio

val map : t -> int -> Memory.t option
(** [map t index] is the memory of BAR [index], or its ports, where the CPU finds those in memory. [None]: it has no such BAR, it is one of
    the CPU's ports, or it has no place. *)

val registers : t -> int -> Registers.t option
(** Registers of a byte behind BAR [index], in memory or at ports. *)

(** {1 Interrupts} *)

(** How a function interrupts: by entry [n] of its MSI-X table, by its one MSI, or by its pin. Messages need a function
    that is bus master ({!enable}). *)
type source = Msi_x of int | Msi | Pin

(** The interrupts of a function, as an event. *)
module Interrupt : sig
  type t

  val wait : ?timeout:float -> t -> seen:int -> int
  (** [wait t ~seen] blocks the thread, while others of its domain run, until more than [seen] interrupts have come, for at
      most [timeout] seconds (default: for ever). It returns how many have. Before it is called again the device must have
      been silenced: a pin that is still raised interrupts at once. A pin may share its line with those of other functions:
      their interrupts count too, and none comes any more, for nobody, until each who has taken one waits again. *)

  (** {1 Many at once}

      One thread, or a scheduler between fibers, takes those of all armed events that have come. *)

  val max_number : int

  val number : t -> int
  (** 0 to [max_number]. *)

  val arm : t -> seen:int -> int
  (** Lets {!next} tell of the event once, when more than [seen] interrupts have come. It returns how many have; more than
      [seen]: it has come already, and is not armed. The device must have been silenced, as for {!wait}. *)

  val next : unit -> int
  (** The number of an armed event that has come, or [-1]. Quick, from any thread; never blocks. *)

  val wait_any : unit -> unit
  (** Blocks the thread, while others of its domain run, until there is one to take. May return early. *)

  val rouse : unit -> unit
  (** Ends the waits for any that are under way. *)

  (**/**)

  val unsafe_of_number : int -> t
  (** For events that are none of a function's. *)
end

val interrupt : t -> source -> Interrupt.t option
(** Only one taker can have a source. [None]: the function has none such, the machine cannot deliver it, or it is taken. *)

val pp : Format.formatter -> t -> unit
(** Some lines for people: address, ids, BARs, capabilities. *)
