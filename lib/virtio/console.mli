(* SPDX-License-Identifier: ISC *)

(** Virtio's console: its first port.  Spec: [virtio "Console Device"] *)

val kind : int

type t

val run : Transport.t -> (t -> unit) -> Device.error
(** Drives the device, and calls the function when it can be used; see {!Driver.run}. *)

val finish : t -> Device.error -> unit
(** Ends that. *)

val write : t -> string -> (unit, Device.error) result
(** Waits until the device has taken all. Two writes do not mix. *)

val read : t -> (string, Device.error) result
(** What has come, at least a byte. What is not taken stays with the other side, once some buffers are full. *)
