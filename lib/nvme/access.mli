(* SPDX-License-Identifier: ISC *)

(** How a driver reaches an NVMe controller: its registers and its interrupts. Fake controllers are values of this type.
    Spec: [nvme "NVM Express over PCIe Transport"] *)

type t = {
  name : string;  (** for messages *)
  read32 : int -> int;
  write32 : int -> int -> unit;
  interrupt : int -> int * Device_interrupt.t;
      (** of a queue: the vector that its completion queue is to have, and the event *)
  shared : bool;  (** all of these are one event, that of a pin *)
}

val all : unit -> Machine.Pci.t list
(** The NVMe controllers on the PCI bus. *)

val of_pci : Machine.Pci.t -> (t, Device.error) result
(** Always the same one for a function. [`Unsupported]: it is no such controller, or the machine cannot deliver its
    interrupts. *)
