(* SPDX-License-Identifier: ISC *)

(** Semaphores, first come, first served. As [Stdlib.Semaphore], but a fiber that waits lets others run. *)

module Counting : sig
  type t

  val make : ?padded:bool -> int -> t
  (** A semaphore with that count; [~padded:true] keeps it from sharing a cache line.
      @raise Invalid_argument if the count is negative. *)

  val release : t -> unit
  (** Lets the fiber that has waited longest go on, or increments the count. Does not raise for cancelation.
      @raise Sys_error if the count is [max_int]. *)

  val acquire : t -> unit
  (** Waits until the count is positive, and decrements it. Raises if the fiber is canceled while it waits. *)

  val try_acquire : t -> bool
  (** Decrements the count if it is positive: [true]. *)

  val get_value : t -> int
  (** The count at one moment, for information. *)
end

module Binary : sig
  type t

  val make : ?padded:bool -> bool -> t
  (** A semaphore with count 1 for [true], 0 for [false]. *)

  val release : t -> unit
  (** Lets the fiber that has waited longest go on, or sets the count to 1. Does not raise for cancelation. *)

  val acquire : t -> unit
  (** Waits until the count is 1, and sets it to 0. Raises if the fiber is canceled while it waits. *)

  val try_acquire : t -> bool
  (** Sets the count from 1 to 0: [true]. [false] if it is 0. *)
end
