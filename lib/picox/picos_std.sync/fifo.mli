(* SPDX-License-Identifier: ISC *)

(** Persistent queues, first in, first out: those who wait, inside the atomic states of this library. *)

type 'a t

val empty : 'a t
(** No element; always the same value. *)

val push : 'a t -> 'a -> 'a t
(** The element last. *)

val pop : 'a t -> ('a * 'a t) option
(** The first element and the rest, in constant amortised time when each queue is popped once. *)

val remove : 'a t -> 'a -> 'a t option
(** Without the (physically) same element; [None] if it is not there. Linear time. *)

val iter : ('a -> unit) -> 'a t -> unit
(** In order. *)
