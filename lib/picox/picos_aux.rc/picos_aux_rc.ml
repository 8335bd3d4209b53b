(* SPDX-License-Identifier: ISC *)

module Backoff = Picox_backoff
module Htbl = Picos_aux_htbl

module type Resource = sig
  type t

  val equal : t -> t -> bool
  val hash : t -> int
  val dispose : t -> unit
end

module type S = sig
  module Resource : Resource

  type t

  val create : ?dispose:bool -> Resource.t -> t
  val unsafe_get : t -> Resource.t
  val incr : t -> unit
  val decr : ?close:bool -> t -> unit

  type info = { resource : Resource.t; count : int; closed : bool; dispose : bool; bt : Printexc.raw_backtrace }

  val infos : unit -> info Seq.t
end

module Make (Resource : Resource) () = struct
  module Resource = Resource

  type t = Resource.t
  type info = { resource : Resource.t; count : int; closed : bool; dispose : bool; bt : Printexc.raw_backtrace }

  let callstack_depth = 16
  let counted : (Resource.t, info) Htbl.t = Htbl.create ~hashed_type:(module Resource) ()

  let create ?(dispose = true) resource =
    let bt = Printexc.get_callstack callstack_depth in
    if not (Htbl.try_add counted resource { resource; count = 1; closed = false; dispose; bt }) then
      invalid_arg "Picos_aux_rc.create: counted already";
    resource

  let unsafe_get t = t

  let info_of t = try Htbl.find_exn counted t with Not_found -> invalid_arg "Picos_aux_rc: not counted"

  let rec incr_with t backoff =
    let info = info_of t in
    if info.closed then invalid_arg "Picos_aux_rc.incr: closed";
    if not (Htbl.try_compare_and_set counted t info { info with count = info.count + 1 }) then
      incr_with t (Backoff.once backoff)

  let rec decr_with ~close t backoff =
    let info = info_of t in
    let done_ =
      if info.count > 1 then
        Htbl.try_compare_and_set counted t info { info with count = info.count - 1; closed = close || info.closed }
      else begin
        (* Not counted any more before it is disposed of: after that another resource may have the same value. *)
        let removed = Htbl.try_compare_and_remove counted t info in
        if removed && info.dispose then Resource.dispose t;
        removed
      end
    in
    if not done_ then decr_with ~close t (Backoff.once backoff)

  let incr t = incr_with t Backoff.default
  let decr ?(close = false) t = decr_with ~close t Backoff.default
  let infos () = Seq.map snd (Htbl.to_seq counted)
end
