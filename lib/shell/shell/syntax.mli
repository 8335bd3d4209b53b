(* SPDX-License-Identifier: ISC *)

(** What a script is, once it is read. *)

(** A part of a word. What is [quoted] is neither split into fields nor a pattern. *)
type part =
  | Text of { text : string; quoted : bool }
  | Variable of { name : string; quoted : bool }  (** also [?], [$], [#], [@], [*], [!] and digits *)
  | Output of { script : script; quoted : bool }  (** what the script prints, without newlines at its end *)

and word = part list

and redirection = {
  stream : int;  (** 0, 1 or 2 *)
  target : target;
}

and target =
  | From of word
  | Into of word
  | Append_to of word
  | Same_as of int  (** the stream that this one is *)

and command =
  | Simple of { assignments : (string * word) list; words : word list; redirections : redirection list }
  | Group of script  (** in braces *)
  | Subshell of script  (** in parentheses *)
  | If of { branches : (script * script) list; otherwise : script option }
  | While of { until : bool; condition : script; body : script }
  | For of { variable : string; words : word list; body : script }
  | Redirected of command * redirection list

and pipeline = { negated : bool; commands : command list }
and connective = And | Or
and item = { first : pipeline; rest : (connective * pipeline) list; background : bool }
and script = item list
