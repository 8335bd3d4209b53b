(* SPDX-License-Identifier: ISC *)

(** Names of signals, with Linux' numbers. *)

val all : (string * int) list
(** Without "SIG", by number. *)

val decode : string -> int option
(** Of a name, with "SIG" or without, in either case, or a number from 0 to 64. *)
