(* SPDX-License-Identifier: ISC *)

(** Domains, as far as libraries need to know of them. *)

val at_exit : (unit -> unit) -> unit
(** Runs the function when this domain ends. *)

val recommended_domain_count : unit -> int
(** How many domains the machine can run at once. *)

val is_main_domain : unit -> bool

(** Domain-local storage. *)
module DLS : sig
  type 'a key

  val new_key : (unit -> 'a) -> 'a key
  (** A key; the function makes the first value in each domain. *)

  val get : 'a key -> 'a
  val set : 'a key -> 'a -> unit
end
