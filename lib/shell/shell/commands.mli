(* SPDX-License-Identifier: ISC *)

(** All commands, by their names. *)

val all : (string * Process.command) list
