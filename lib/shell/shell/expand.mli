(* SPDX-License-Identifier: ISC *)

(** From the words of a script to the fields that a command gets. *)

open Scheme

type context = {
  lookup : string -> string option;  (** a variable's value *)
  arguments : string list;  (** what [$@] and [$*] are *)
  output : Syntax.script -> string;  (** runs it; what it printed *)
  namespace : Namespace.t;  (** for patterns *)
  cwd : Path.t;
}

val fields : context -> Syntax.word list -> string list
(** Variables, substitutions, splitting at blanks, patterns. A pattern that nothing matches stands for itself. *)

val one : context -> Syntax.word -> string
(** One field, neither split nor matched: for assignments and redirections. *)
