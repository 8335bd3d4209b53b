(* SPDX-License-Identifier: ISC *)

(** What a terminal does with the keys of a person before a program reads them: echo, editing of the line, end of input,
    interrupt. Pure but for its own state; not thread-safe. *)

type mode =
  | Keys  (** each byte is read as it comes *)
  | Lines  (** whole lines: backspace, [^U], [^D], [^C]; with echo *)

type t

val create : mode -> t

val max_line : int
(** 4096 bytes; of a longer line the rest is lost, with a bell. *)

val key : t -> char -> string * bool
(** Takes a byte; what to show, and whether it is an interrupt, which drops what was typed. *)

val mode : t -> mode

val set_mode : t -> mode -> unit
(** What was typed of a line can then be read. *)

val close : t -> unit
(** No more bytes will come. *)

(** What there is to read. *)
type available =
  | Bytes of string
  | End  (** of the input, or, once, by [^D] *)
  | Nothing_yet

val take : t -> int -> available
(** Takes at most so many bytes, at least 1, of one line in {!Lines}. *)

val is_ready : t -> bool
(** Whether {!take} would not be [Nothing_yet]. *)
