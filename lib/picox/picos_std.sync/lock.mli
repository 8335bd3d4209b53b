(* SPDX-License-Identifier: ISC *)

(** Mutual exclusion without order of arrival, and without checks of the owner: the cheapest lock. One whose owner raised
    in its critical section can be poisoned, so that nobody sees what it left half done. *)

type t

val create : ?padded:bool -> unit -> t
(** An unlocked lock; [~padded:true] keeps it from sharing a cache line. *)

exception Poisoned

val holding : t -> (unit -> 'a) -> 'a
(** [holding t body] is [body ()] between {!acquire} and {!release}; if it raises, the lock is poisoned.
    @raise Poisoned if the lock is poisoned. *)

val protect : t -> (unit -> 'a) -> 'a
(** [protect t body] is [body ()] between {!acquire} and {!release}, whether it returns or raises.
    @raise Poisoned if the lock is poisoned. *)

(** Condition variables. *)
module Condition : sig
  type lock = t
  type t

  val create : ?padded:bool -> unit -> t
  (** A condition for which nobody waits. *)

  val signal : t -> unit
  (** Wakes the fiber that has waited longest, if any. *)

  val broadcast : t -> unit
  (** Wakes all fibers that wait. *)

  val wait : t -> lock -> unit
  (** Releases the lock, waits for {!signal} or {!broadcast}, and acquires the lock again. If the fiber is canceled
      meanwhile, that is raised with the lock held; a signal that it has got passes to another fiber.
      @raise Poisoned if the lock is poisoned meanwhile. *)
end

(** {1 State} *)

val is_locked : t -> bool
(** Whether somebody holds it, or it is poisoned. *)

val is_poisoned : t -> bool
(** Whether it is poisoned. *)

(** {1 In pieces}

    Each {!acquire} needs one {!release} or {!poison}, by its holder; this is not checked. *)

val acquire : t -> unit
(** Waits until nobody holds the lock, and holds it. Raises if the fiber is canceled while it waits.
    @raise Poisoned if the lock is poisoned. *)

val try_acquire : t -> bool
(** Holds the lock if nobody does: [true].
    @raise Poisoned if the lock is poisoned. *)

val release : t -> unit
(** Gives the lock free; nothing if it is poisoned. Does not raise for cancelation. *)

val poison : t -> unit
(** Poisons the lock, for ever; those who wait for it raise {!Poisoned}.
    @raise Invalid_argument if nobody holds it. *)
