(* SPDX-License-Identifier: ISC *)

(** Interrupts as events that fibers await.

    An interrupt counts an event in the nucleus, and nothing of OCaml runs in its context. Schedulers of [picox.runner] look
    between turns for armed events that have come; while all sleep, or with other schedulers, one thread waits for all of
    them. It belongs to the domain that needed it first, as the thread of timers does. *)

type t

val of_pci : Machine.Pci.t -> Machine.Pci.source -> t option
(** As [Machine.Pci.interrupt]. *)

val of_event : Machine.Pci.Interrupt.t -> t
(** Of an event that the program has otherwise. *)

val await : t -> seen:int -> int
(** [await t ~seen] suspends the fiber until more than [seen] interrupts have come, and returns how many have. The device
    must have been silenced: a pin that is still raised interrupts at once. Several fibers may await one event. A canceled
    fiber raises. *)

val counts : unit -> (int * int) list
(** The events of devices that somebody has asked for, by number, and how many interrupts have come as far as somebody has
    looked. *)

(** {1 Without devices} *)

val soft : unit -> t
(** An event that is raised by {!raise}: for fake devices, and to wake a driver. *)

val raise : t -> unit
(** Counts one more, from any thread; nothing for an event of a device. *)
