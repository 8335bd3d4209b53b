(* SPDX-License-Identifier: ISC *)

(** Reads scripts, of a part of the POSIX shell's language: pipelines, [&&], [||], [;], [&], [!], redirections ([<], [>],
    [>>], [N>], [N>&M]), quotes, variables, [$(...)], [if], [while], [until], [for], braces and parentheses, comments. *)

type error =
  | Incomplete  (** more text could make it complete *)
  | Wrong of { line : int; message : string }

val script : string -> (Syntax.script, error) result
(** The script of a text. *)

val max_depth : int
(** How deep things may be in each other. *)
