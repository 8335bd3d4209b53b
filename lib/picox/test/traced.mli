(* SPDX-License-Identifier: ISC *)

(** What code under {!Interleave} gets in the place of the standard library's modules. *)

module Atomic : sig
  type 'a t = 'a Stdlib.Atomic.t

  val make : 'a -> 'a t
  val get : 'a t -> 'a
  val set : 'a t -> 'a -> unit
  val exchange : 'a t -> 'a -> 'a
  val compare_and_set : 'a t -> 'a -> 'a -> bool
  val fetch_and_add : int t -> int -> int
  val incr : int t -> unit
  val decr : int t -> unit
end

module Mutex : sig
  type t

  val create : unit -> t
  val lock : t -> unit
  val unlock : t -> unit
  val protect : t -> (unit -> 'a) -> 'a
end

(** Without wake-ups that nobody asked for. *)
module Condition : sig
  type t

  val create : unit -> t
  val wait : t -> Mutex.t -> unit
  val signal : t -> unit
  val broadcast : t -> unit
end

(** A delay is over when nobody else can go on. *)
module Thread : sig
  type t

  val create : ('a -> 'b) -> 'a -> t
  val join : t -> unit
  val delay : float -> unit
  val yield : unit -> unit
end

module Domain : sig
  type 'a t
  type id = int

  val self : unit -> id

  val spawn : (unit -> 'a) -> 'a t
  val join : 'a t -> 'a
  val cpu_relax : unit -> unit
end

(** No time passes. *)
module Picox_timers : sig
  val cancel_after : 'a -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
  val tend : unit -> unit
  val enter : unit -> unit
end
