(* SPDX-License-Identifier: ISC *)

(** Parts of memory outside of OCaml's heap, which schemes fill, empty and share without copies. *)

type data = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

type t
(** A range of bytes, which others may see and change at any time. Offsets are relative to it; functions raise
    [Invalid_argument] for what is out of it, and those that write for one that is read only. *)

val empty : t
val create : int -> t  (** of new memory, all zero *)

val of_bigarray : data -> t
val of_string : string -> t  (** a copy *)

val length : t -> int
val is_read_only : t -> bool

val sub : t -> int -> int -> t
(** [sub t offset length] is a part of the same memory. *)

val read_only : t -> t
(** The same memory, of which this slice and its parts cannot write. *)

val bigarray : t -> data
(** The memory itself. @raise Invalid_argument if the slice is read only. *)

val get : t -> int -> char
val set : t -> int -> char -> unit

val blit : t -> t -> unit
(** [blit from into] copies all of [from] to the beginning of [into]. *)

val fill : t -> char -> unit
val blit_from_string : string -> int -> t -> unit
(** [blit_from_string text offset t] fills all of [t] from there. *)

val blit_to_bytes : t -> bytes -> int -> unit
(** [blit_to_bytes t bytes offset] copies all of [t] there. *)

val to_string : t -> string
(** A copy. *)

val equal : t -> t -> bool
(** Whether the bytes are the same now. *)
