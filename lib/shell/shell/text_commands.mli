(* SPDX-License-Identifier: ISC *)

(** Commands about texts: echo, grep, head, seq, sort, tail, wc. *)

val all : (string * Process.command) list
