(* SPDX-License-Identifier: ISC *)

(** Lock-free queues with many producers and many consumers. *)

type !'a t

val create : ?padded:bool -> unit -> 'a t
(** An empty queue; [~padded:true] keeps it from sharing a cache line. *)

val push : 'a t -> 'a -> unit
(** Adds at the tail. *)

val push_head : 'a t -> 'a -> unit
(** Adds at the head: it comes out before all that are in the queue. *)

exception Empty

val pop_exn : 'a t -> 'a
(** Takes from the head, in constant amortised time. Raised without a backtrace:
    @raise Empty if there is none. *)

val length : 'a t -> int
(** The number of elements at one moment. *)

val is_empty : 'a t -> bool
(** Whether there was none at one moment. *)
