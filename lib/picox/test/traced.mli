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

(** A time to wake at never comes. *)
module Picox_futex : sig
  type t

  val create : unit -> t
  val read : t -> int
  val advance : t -> unit
  val wait : t -> int -> until:int -> unit
end

(** No time passes. *)
module Picox_timers : sig
  val cancel_after : 'a -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
  val tend : unit -> unit
  val enter : unit -> unit
  val attend : 'a -> unit
  val leave : 'a -> unit
  val poll : unit -> unit
  val park : 'a -> unit
  val is_keeper : 'a -> bool
end

(** Nothing is traced. *)
module Picox_trace : sig
  type name
  type kind

  val active : bool ref
  val name : string -> name
  val kind : string -> kind
  val label : 'a -> kind -> unit
  val turn : 'a -> unit
  val awaits : 'a -> unit
  val yields : 'a -> unit
  val returns : 'a -> unit
  val spawned : by:'a -> 'a -> unit
  val woken : 'a -> unit
  val sleeps : unit -> unit
  val wakes : unit -> unit
  val counter : name -> int -> unit
  val instant : name -> int -> unit
end
