(* SPDX-License-Identifier: ISC *)

(** UARTs on PCI: functions that say of themselves that they are as the 16550, with a clock as a PC's.
    Spec: [pci/local "Class Codes"] *)

val all : unit -> Machine.Pci.t list

val run : Machine.Pci.t -> (Port.t -> unit) -> Device.error
(** Sets it up for 115,200 baud and drives it: {!Port.run}. [`Unsupported]: it has no registers that can be reached, or no interrupt. *)
