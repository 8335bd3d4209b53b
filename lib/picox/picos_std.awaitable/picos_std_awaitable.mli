(* SPDX-License-Identifier: ISC *)

(** Atomic variables that fibers can wait on: futexes. *)

module Awaitable : sig
  type !'a t

  (** {1 As [Atomic]} *)

  val make : ?padded:bool -> 'a -> 'a t
  (** A new variable; [~padded:true] keeps it from sharing a cache line. *)

  val make_contended : 'a -> 'a t
  (** [make ~padded:true]. *)

  val get : 'a t -> 'a
  val compare_and_set : 'a t -> 'a -> 'a -> bool
  val exchange : 'a t -> 'a -> 'a
  val set : 'a t -> 'a -> unit
  val fetch_and_add : int t -> int -> int
  val incr : int t -> unit
  val decr : int t -> unit

  (** {1 Waiting} *)

  val signal : 'a t -> unit
  (** Wakes the first of the waiting fibers whose expected value is not the variable's value. Call it after each change
      that a fiber may be waiting for. *)

  val broadcast : 'a t -> unit
  (** Wakes all of those. *)

  val await : 'a t -> 'a -> unit
  (** [await t before] suspends the fiber until it is woken, unless the value is other than [before] (physically)
      already. A change followed by a change back may go unnoticed. If the fiber is canceled when it has been woken, the
      wake-up passes to another. *)

  (** Waiting with a trigger of one's own. *)
  module Awaiter : sig
    type 'a awaitable := 'a t
    type t

    val add : 'a awaitable -> Picos.Trigger.t -> t
    (** Lets the next {!signal} that reaches it, whatever the value, signal the trigger. *)

    val remove : t -> unit
    (** Takes it back; a wake-up that it has got already passes to another. *)
  end

  val fenceless_get : 'a t -> 'a
  (** {!get}, where ordering with other accesses does not matter. *)
end
