(* SPDX-License-Identifier: ISC *)

(** Memory that a process shares with the kernel, as the kernel reaches it: by copies. What is in it may be anything at any time, so whatever
    is decoded is copied first. *)

type t = {
  read : int -> bytes -> int -> int -> unit;  (** [read offset bytes first count] *)
  write : int -> bytes -> int -> int -> unit;  (** the other way *)
}

exception No_memory
(** What may be raised by these. *)

val get32 : t -> int -> int
val get64 : t -> int -> int
(** [min_int] if it is more than OCaml's integers can be. *)

val set32 : t -> int -> int -> unit
val set64 : t -> int -> int -> unit
