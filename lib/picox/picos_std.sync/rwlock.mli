(* SPDX-License-Identifier: ISC *)

(** A lock that many readers share or one writer holds alone, without checks of the owner. Readers may overtake a writer
    that waits: as long as there is always a reader, no writer gets the lock.

    One whose writer raised in its critical section can be poisoned, as {!Lock}; one that is not to change any more can be
    frozen, and then has readers only. *)

type t

val create : ?padded:bool -> unit -> t
(** An unlocked lock; [~padded:true] keeps it from sharing a cache line. *)

exception Poisoned
exception Frozen

val sharing : t -> (unit -> 'a) -> 'a
(** [sharing t body] is [body ()] between {!acquire_shared} and {!release_shared}, whether it returns or raises.
    @raise Poisoned if the lock is poisoned. *)

val holding : t -> (unit -> 'a) -> 'a
(** [holding t body] is [body ()] between {!acquire} and {!release}; if it raises, the lock is poisoned.
    @raise Poisoned if the lock is poisoned.
    @raise Frozen if it is frozen. *)

val protect : t -> (unit -> 'a) -> 'a
(** [protect t body] is [body ()] between {!acquire} and {!release}, whether it returns or raises.
    @raise Poisoned if the lock is poisoned.
    @raise Frozen if it is frozen. *)

val freeze : t -> unit
(** Waits until no writer holds the lock, and lets none hold it ever after. Nothing if it is frozen already. Raises if the
    fiber is canceled while it waits.
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
  (** Releases the lock, which the fiber holds alone, waits for {!signal} or {!broadcast}, and acquires the lock again. If
      the fiber is canceled meanwhile, that is raised with the lock held; a signal that it has got passes to another.
      @raise Poisoned if the lock is poisoned meanwhile.
      @raise Frozen if it is frozen meanwhile. *)

  val wait_shared : t -> lock -> unit
  (** {!wait} for a fiber that shares the lock.
      @raise Poisoned if the lock is poisoned meanwhile. *)
end

(** {1 State} *)

val is_locked_shared : t -> bool
(** Whether somebody shares it, or it is frozen. *)

val is_locked : t -> bool
(** Whether a writer holds it, or it is poisoned. *)

val is_frozen : t -> bool
(** Whether it is frozen. *)

val is_poisoned : t -> bool
(** Whether it is poisoned. *)

(** {1 In pieces}

    Each {!acquire_shared} needs one {!release_shared}, and each {!acquire} one {!release} or {!poison}, by its holder;
    this is not checked. *)

val acquire_shared : t -> unit
(** Waits until no writer holds the lock, and shares it; a fiber may do so several times. Raises if the fiber is canceled
    while it waits.
    @raise Poisoned if the lock is poisoned. *)

val try_acquire_shared : t -> bool
(** Shares the lock if no writer holds it: [true].
    @raise Poisoned if the lock is poisoned. *)

val release_shared : t -> unit
(** Ends one share; nothing if the lock is poisoned. Does not raise for cancelation. *)

val acquire : t -> unit
(** Waits until nobody has the lock, and holds it alone. Raises if the fiber is canceled while it waits.
    @raise Poisoned if the lock is poisoned.
    @raise Frozen if it is frozen. *)

val try_acquire : t -> bool
(** Holds the lock alone if nobody has it: [true].
    @raise Poisoned if the lock is poisoned.
    @raise Frozen if it is frozen. *)

val release : t -> unit
(** Gives the lock free; nothing if it is poisoned or frozen. Does not raise for cancelation. *)

val poison : t -> unit
(** Poisons the lock, for ever; those who wait for it raise {!Poisoned}.
    @raise Invalid_argument if no writer holds it. *)
