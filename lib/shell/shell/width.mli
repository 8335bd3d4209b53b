(* SPDX-License-Identifier: ISC *)

(** How many columns of a terminal a character takes. *)

val of_char : string -> int
(** Of one character of UTF-8: 0 for those that combine, 2 for wide ones. *)

val of_text : string -> int
(** Of a text of UTF-8 without control characters and escape sequences. *)
