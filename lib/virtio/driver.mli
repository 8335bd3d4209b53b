(* SPDX-License-Identifier: ISC *)

(** The life of a virtio device, the same for all types.  Spec: [virtio "Device Initialization"] *)

type t

val run :
  Transport.t -> kind:int -> wanted:int -> ?needed:int -> (t -> (unit -> unit) option) -> Device.error
(** [run transport ~kind ~wanted set_up] resets the device and negotiates its features: those of [wanted] that it offers, and
    of them all that are [needed]. [set_up t] makes the queues; then the device is started, and what [set_up] returned is
    called once, which tells others of the device ([None]: it cannot be used). The queues are served until the device has
    answered what cannot be, wants a reset, or {!finish} is called. Then it is reset, requests in flight fail, and the reason is returned. The same happens if something
    raises or the fiber is canceled, and then that passes. *)

val features : t -> int
val has : t -> int -> bool
(** Whether the feature with this number is negotiated. *)

val transport : t -> Transport.t

val queue : t -> int -> ?entries:int -> ?segments:int -> ?quiet:bool -> ('a -> int -> int) -> 'a Requests.t
(** [queue t index complete] makes a queue, in [set_up]: of [entries] (default 128) or what the device has, if that is less.
    @raise Failure if the device has no such queue. *)

val finish : t -> Device.error -> unit
(** Ends it: [`Gone] if the device is not there any more. *)

val config : t -> (Transport.t -> 'a) -> 'a
(** Reads of the configuration, all of the same generation.
    @raise Failure if the device changes it all the time. *)

(** {1 Features of all types} *)

val indirect : int
val event_index : int
val version_1 : int
