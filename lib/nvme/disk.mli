(* SPDX-License-Identifier: ISC *)

(** The first namespace of an NVMe controller, as a disk.  Spec: [nvme "NVM Command Set"] *)

type t

val run : ?queues:int -> Access.t -> (t -> unit) -> Device.error
(** Drives the controller, and calls the function when the disk can be used; see {!Controller.run}. At most [queues] are used
    (default: one for each domain that can run at the same time). *)

val finish : t -> Device.error -> unit
(** Ends that. *)

val queues : t -> int
(** How many are used. *)

val serial : t -> string
val model : t -> string

include Device.BLOCK with type t := t
