(* SPDX-License-Identifier: ISC *)

(** Virtio's disks: several queues, flush, discard, write zeroes.  Spec: [virtio "Block Device"] *)

val kind : int

type t

val run : ?queues:int -> Transport.t -> (t -> unit) -> Device.error
(** Drives the device, and calls the function when it can be used; see {!Driver.run}. At most [queues] are used (default: one
    for each domain that can run at the same time). *)

val finish : t -> Device.error -> unit
(** Ends that, soon: requests fail with the error from when its fiber, perhaps in another domain, has been told. *)

val queues : t -> int
(** How many are used. *)

val identity : t -> (string, Device.error) result
(** What the disk calls itself: up to 20 characters. *)

val transport : t -> Transport.t

include Device.BLOCK with type t := t
