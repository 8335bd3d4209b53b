(* SPDX-License-Identifier: ISC *)

(** Virtio's network cards, with mergeable receive buffers.  Spec: [virtio "Network Device"] *)

val kind : int

type t

val run : ?buffer_size:int -> Transport.t -> (t -> unit) -> Device.error
(** Drives the device, and calls the function when it can be used; see {!Driver.run}. Frames come in buffers of
    [buffer_size] bytes (default 2048, at least 64): larger ones in several, where the device can do that; where it cannot,
    no frame is larger. *)

val finish : t -> Device.error -> unit
(** Ends that. *)

val is_up : t -> bool
(** Whether the link is; [true] if the device does not tell. *)

val merges : t -> bool
(** Whether a frame can come in several buffers. *)

include Device.NET with type t := t
