(* SPDX-License-Identifier: ISC *)

(** Reference counts, in a table beside the resources, such as file descriptors, that they count. Lock-free.

    Who hands a resource to another fiber, thread or domain increments its count first; the other decrements it in the
    end. *)

module type Resource = sig
  type t

  val equal : t -> t -> bool
  (** Whether the two are one and the same. *)

  val hash : t -> int

  val dispose : t -> unit
  (** Gives the resource free. Until then its value names no other resource. *)
end

module type S = sig
  module Resource : Resource

  type t
  (** A resource that is counted. *)

  val create : ?dispose:bool -> Resource.t -> t
  (** Begins to count, with 1. [~dispose:false]: the resource will not be disposed of.
      @raise Invalid_argument if the resource is counted already. *)

  val unsafe_get : t -> Resource.t
  (** The resource. Use it only between {!create} or {!incr} and the {!decr} that belongs to it. *)

  val incr : t -> unit
  (** Increments the count.
      @raise Invalid_argument if the resource is not counted, or closed. *)

  val decr : ?close:bool -> t -> unit
  (** Decrements the count; at zero, ends to count and disposes of the resource. [~close:true] lets no {!incr} succeed
      any more.
      @raise Invalid_argument if the resource is not counted. *)

  type info = {
    resource : Resource.t;
    count : int;
    closed : bool;
    dispose : bool;  (** whether it will be disposed of *)
    bt : Printexc.raw_backtrace;  (** where it was created *)
  }

  val infos : unit -> info Seq.t
  (** All resources that are counted, at one moment. *)
end

module Make (Resource : Resource) () : S with module Resource = Resource
