(* SPDX-License-Identifier: ISC *)

(** What has come from a device and waits for fibers that take it, in order. *)

type 'a t

val create : unit -> 'a t
val push : 'a t -> 'a -> unit

val close : 'a t -> Device.error -> unit
(** Nothing more will come; what is there can still be taken. *)

val take : 'a t -> ('a, Device.error) result
(** Waits for something, or the end. *)

val await : 'a t -> unit
(** Until there is something to be taken, or the end. *)

val is_empty : 'a t -> bool
(** Nothing is there, and it has not ended. *)
