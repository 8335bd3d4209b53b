(* SPDX-License-Identifier: ISC *)

(** Something that happens again and again, for fibers of any scheduler that wait for it. *)

type t

val create : unit -> t
val notify : t -> unit

val count : t -> int
(** How often that was. *)

val await : t -> above:int -> int
(** Waits until it was more often than that, and tells how often. Raises if the fiber is canceled. *)
