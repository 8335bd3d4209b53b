(* SPDX-License-Identifier: ISC *)

(** Schemes that show the machine's devices as they are. Whoever has them in a namespace can do with the devices what he
    likes, so few should. *)

open Scheme

val error_of : Device.error -> Error.t
val of_device : ('a, Device.error) result -> ('a, Error.t) result

val disk : Storage.disk list -> Service.t
(** [/scheme/disk/NAME] and [/scheme/disk/NAMEpNUMBER]: the bytes of a disk, and of its partitions, from 1. Whole blocks of
    4096 bytes can be written, and any bytes read. [Sync] flushes. *)

val net : Network.card list -> Service.t
(** [/scheme/net/NAME/frames]: each read is the next frame that has come, cut off where it is too long; each write sends one.
    [/scheme/net/NAME/mac] reads as its address. *)

val pci : unit -> Service.t
(** [/scheme/pci] reads as a line for each function. *)

val irq : unit -> Service.t
(** [/scheme/irq] reads as a line for each event of a device: its number, and how many interrupts have come. *)

val trace : unit -> Service.t
(** [/scheme/trace]: to write ["start"] begins to trace fibers, timers and collections, ["stop"] ends it; then it reads as the
    JSON of trace viewers. *)
