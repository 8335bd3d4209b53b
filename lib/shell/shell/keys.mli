(* SPDX-License-Identifier: ISC *)

(** From the bytes of a terminal to keys: UTF-8, control characters, and escape sequences (ECMA-48), all decoded before
    anything is done with them. *)

type key =
  | Char of string  (** one character of UTF-8; what is none comes as U+FFFD *)
  | Control of char  (** ['a'] to ['z'], or one of [\[ \ \] ^ _ @] *)
  | Alt of string
  | Enter
  | Tab
  | Backspace
  | Delete
  | Insert
  | Left
  | Right
  | Up
  | Down
  | Word_left  (** with Ctrl or Alt *)
  | Word_right
  | Home
  | End
  | Page_up
  | Page_down
  | Escape  (** by itself: see {!flush} *)
  | Unknown  (** a sequence that means nothing here *)

type t

val create : unit -> t
val feed : t -> char -> key list
(** The keys that this byte completes. *)

val is_pending : t -> bool
(** Whether a key has begun. *)

val flush : t -> key list
(** No byte came for a while: what has begun is all there is. *)
