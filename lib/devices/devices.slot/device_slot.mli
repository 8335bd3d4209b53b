(* SPDX-License-Identifier: ISC *)

(** Slots of PCI Express from which devices can be taken while the machine runs. They are looked at every 20 ms.
    Spec: [pci/express "PCI Express Hot-Plug Support"] *)

type t

val all : unit -> t list
(** The ports with a slot that is capable of it. *)

val of_function : Machine.Pci.t -> t option
(** The slot that the function is in. *)

val is_occupied : t -> bool
(** Whether there is a device, and it has power. *)

val await_request : t -> unit
(** Waits until somebody asks for the device, by the slot's button, or it has gone without. *)

val power_off : t -> unit
(** Lets go of the device: its power is off, and it can be taken. Whoever drives it should know. *)

val await_empty : t -> unit
(** Waits until it has been taken. *)
