(* SPDX-License-Identifier: ISC *)

(** Patterns for names: [*], [?] and [[...]] (with ranges, and [!] for all others). *)

type t

val of_pieces : (string * bool) list -> t
(** The pattern of texts that follow each other, each with whether it is quoted, and so stands for itself. *)

val is_plain : t -> bool
(** Whether it is only itself. *)

val text : t -> string
(** The texts. *)

val split : t -> t list
(** The patterns between slashes. *)

val matches : t -> string -> bool
(** Whether all of the name is as the pattern; in time proportional to the product of both lengths. *)
