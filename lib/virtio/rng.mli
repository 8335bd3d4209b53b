(* SPDX-License-Identifier: ISC *)

(** Virtio's source of random bytes.  Spec: [virtio "Entropy Device"] *)

val kind : int

type t

val run : Transport.t -> (t -> unit) -> Device.error
(** Drives the device, and calls the function when it can be used; see {!Driver.run}. *)

val finish : t -> Device.error -> unit
(** Ends that. *)

include Device.RANDOM with type t := t
