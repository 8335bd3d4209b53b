(* SPDX-License-Identifier: ISC *)

(** The PCI transport of version 1: its parts are found through the function's capabilities. Interrupts are messages of
    MSI-X where the machine delivers them, an entry for each queue as long as there are some, and the pin elsewhere.
    Spec: [virtio "Virtio Over PCI Bus"] *)

val kind : Machine.Pci.t -> int option
(** The device type, if the function is a virtio device. *)

val all : int -> Machine.Pci.t list
(** The functions of a type, in the order of the bus. *)

val transport : Machine.Pci.t -> (Transport.t, Device.error) result
(** Always the same one for a function. [`Unsupported]: it is no such device, lacks a part that it must have, or the machine
    cannot deliver its interrupts. *)
