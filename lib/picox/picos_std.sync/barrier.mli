(* SPDX-License-Identifier: ISC *)

(** Meeting points for a fixed number of fibers, again and again. *)

type t

val max_parties : int
(** The greatest number. *)

val create : ?padded:bool -> int -> t
(** A barrier for that many parties; [~padded:true] keeps it from sharing a cache line.
    @raise Invalid_argument if the number is not between 1 and {!max_parties}. *)

val parties : t -> int
(** The number. *)

exception Poisoned

val await : t -> unit
(** Waits until as many fibers as there are parties have called it; then the barrier is as new. A fiber that is canceled
    while it waits poisons the barrier and raises that.
    @raise Poisoned if the barrier is poisoned. *)

val poison : t -> unit
(** Poisons the barrier, for ever; those who wait at it raise {!Poisoned}. *)
