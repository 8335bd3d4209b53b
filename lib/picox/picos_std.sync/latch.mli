(* SPDX-License-Identifier: ISC *)

(** Counters that fibers wait for to come to zero, once.

    The count of a known number of tasks is that number. With tasks that make others, begin with one for the beginning;
    {!incr} before a task starts and {!decr} when it, and the beginning, ends. *)

open Picos_std_event

type t

val create : ?padded:bool -> int -> t
(** A latch with that count; [~padded:true] keeps it from sharing a cache line.
    @raise Invalid_argument if the count is negative. *)

val try_decr : t -> bool
(** Decrements the count: [true]; wakes those who wait if it is zero then. [false] if it was zero. *)

val decr : t -> unit
(** {!try_decr}. Does not raise for cancelation.
    @raise Invalid_argument if the count is zero. *)

val try_incr : t -> bool
(** Increments the count: [true]. [false] if it is zero, which is final. *)

val incr : t -> unit
(** {!try_incr}.
    @raise Invalid_argument if the count is zero. *)

val await : t -> unit
(** Waits until the count is zero. Raises if the fiber is canceled meanwhile. *)

val await_evt : t -> unit Event.t
(** The count is zero. *)
