(* SPDX-License-Identifier: ISC *)

(** Editing of a line: a value that changes with each key, and how it looks.

    Left, Right, Ctrl-B, -F: by characters; Ctrl or Alt and Left, Right, Alt-B, -F: by words; Home, End, Ctrl-A, -E. Up,
    Down, Ctrl-P, -N: the history; Ctrl-R: search in it, Ctrl-G: leave that. Backspace, Delete, Ctrl-D; Ctrl-K, -U, -W:
    cut to the end, to the beginning, a word; Alt-D: the next word; Ctrl-Y: insert what was cut; Ctrl-T: swap characters;
    Ctrl-L: clear the screen. *)

type t

val start : prompt:string -> columns:int -> history:string list -> t
(** An empty line. The newest of the history is first. *)

type outcome =
  | Going of t
  | Accepted of string
  | Interrupted  (** Ctrl-C *)
  | Ended  (** Ctrl-D in an empty line *)
  | Cleared of t  (** the screen is to be cleared *)
  | Completing of t  (** Tab *)

val key : t -> Keys.key -> outcome
val text : t -> string

val before : t -> string
(** What is before the cursor. *)

val insert : t -> string -> t

val render : t -> string
(** What draws the line anew on a terminal, wherever the cursor was in it. A line that is too long is shown in part, the
    cursor always. *)
