(* SPDX-License-Identifier: ISC *)

(** Pages that somebody holds, charged to a budget. Not to be used from two threads at once. *)

open Scheme

type t

val create : Budget.t -> held:(unit -> int) -> t
(** [held ()]: how many there are now. Raises [Out_of_memory] if that is too many. *)

val growing : t -> int -> (unit -> bool) -> bool
(** [growing t n f]: [f ()], which may make [n] pages more, and the tables for as many in a row; false, without a call, if the budget
    has not so many. *)

val settle : t -> unit
(** Some pages have gone. *)

val fits : t -> int -> bool
(** Whether the budget has so many now. *)

val owes : t -> bool
(** Something came without being asked for, and there was no room for it. *)

val count : t -> int
(** Those that are charged. *)

val peak : t -> int
val clear : t -> unit
(** Nothing is charged any more. *)
