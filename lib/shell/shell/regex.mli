(* SPDX-License-Identifier: ISC *)

(** Regular expressions, as [grep -E] has them: [.], [*], [+], [?], [|], [( )], [[...]] with ranges and [^], [^], [$], and
    [\ ] before what is to stand for itself. *)

type t

val parse : ?ignore_case:bool -> string -> (t, string) result
(** The expression of a text, or what is wrong. *)

val plain : ?ignore_case:bool -> string -> t
(** The text itself. *)

val matches : t -> string -> bool
(** Whether it matches somewhere in the line; in time proportional to the product of both lengths. *)

val find : t -> string -> from:int -> (int * int) option
(** Where the first match from there on begins, and where the longest of those ends. *)
