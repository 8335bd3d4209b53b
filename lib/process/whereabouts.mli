(* SPDX-License-Identifier: ISC *)

(** Where processes stand, as a text for people: see {!Tender.whereabouts}. *)

val text : Task.system -> string
