(* SPDX-License-Identifier: ISC *)

(** The kernel's end of a data stack (nucleus.h) whose other ends are a process'. It is the only one that puts, or the only one that gets, and keeps its
    position to itself; of the shared words it reads only those that say whose a slot is, and each item once. A slot whose word is
    neither of the two that it can be is the other side's fault, and raises {!Malformed}. *)

type t

exception Malformed of string

type item = { token : int64; buffer : int;  (** [min_int]: no number of OCaml's *) length : int; kind : int }

val size : int -> int
(** The bytes of a stack of so many items. *)

val format : Memory.t -> int -> int -> unit
(** [format memory at capacity] makes an empty one, before others know it. *)

val create : Memory.t -> int -> int -> t
(** The end, of the empty stack at that offset, of that capacity. *)

val get : t -> item option
(** Raises {!Malformed}. *)

val put : t -> item -> unit
(** Raises {!Malformed} also if there is no room, which {!unread} tells before. *)

val unread : t -> int
(** How many of those that were put nobody has taken. Raises {!Malformed}. *)
