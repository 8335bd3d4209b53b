(* SPDX-License-Identifier: ISC *)

(** What this folder's programs have in common. *)

val check : string -> bool -> unit
(** What must hold. The first of those that do not are told. *)

val finish : string -> unit
(** The end of a program of that name: with status 1 if something did not hold. *)
