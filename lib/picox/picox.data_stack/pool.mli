(* SPDX-License-Identifier: ISC *)

(** Buffers of one size that change hands without being copied.

    A buffer has one owner. Who hands it over, or gives it back, has it no more: every use raises from then on. *)

type t

type buffer

val create : size:int -> count:int -> t
(** [count] buffers, a power of two, of [size] bytes each.
    @raise Invalid_argument if [size] is not positive, or [count] no power of two up to 2{^20}. *)

val size : t -> int
val available : t -> int

val take : t -> buffer option
(** A buffer that nobody has, with whatever is in it; [None] if there is none. *)

val give_back : buffer -> unit
(** @raise Invalid_argument as {!get}. *)

val is_owned : buffer -> bool
(** Whether it has not been handed over, or given back. *)

(** {1 What is in it}

    All raise [Invalid_argument] if the buffer is not the caller's any more, or for bytes outside of it. *)

val length : buffer -> int
val get : buffer -> int -> char
val set : buffer -> int -> char -> unit
val blit_from_string : string -> int -> buffer -> int -> int -> unit
val blit_to_bytes : buffer -> int -> bytes -> int -> int -> unit

(** {1 For data stacks} *)

val release : buffer -> int
(** Ends the ownership; the buffer's number.
    @raise Invalid_argument as {!get}. *)

val retake : buffer -> int -> unit
(** Takes that back. *)

val is_of : t -> buffer -> bool
(** Whether it is one of the pool's. *)

val own : t -> int -> buffer option
(** The buffer of a number that somebody has released; [None] if there is no such number. *)
