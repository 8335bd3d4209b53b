(* SPDX-License-Identifier: ISC *)

(** Counting semaphores without order of arrival, which can be poisoned: cheaper than {!Semaphore}. *)

type t

val max_value : int
(** The greatest count. *)

val create : ?padded:bool -> int -> t
(** A semaphore with that count; [~padded:true] keeps it from sharing a cache line.
    @raise Invalid_argument if the count is negative or greater than {!max_value}. *)

val release : t -> unit
(** Increments the count, and wakes one who waits; nothing if the semaphore is poisoned. Does not raise for cancelation.
    @raise Sys_error if the count is {!max_value}. *)

exception Poisoned

val acquire : t -> unit
(** Waits until the count is positive, and decrements it. Raises if the fiber is canceled while it waits.
    @raise Poisoned if the semaphore is poisoned. *)

val try_acquire : t -> bool
(** Decrements the count if it is positive: [true].
    @raise Poisoned if the semaphore is poisoned. *)

val get_value : t -> int
(** The count at one moment, for information; 0 if the semaphore is poisoned. *)

val poison : t -> unit
(** Poisons the semaphore, for ever; those who wait for it raise {!Poisoned}. *)

val is_poisoned : t -> bool
(** Whether it is poisoned. *)
