(* SPDX-License-Identifier: ISC *)

(** Random numbers that nobody can guess: the kernel's. *)

val fill : bytes -> int -> int -> unit
(** [fill bytes first count]. Raises [Invalid_argument] if there is no such part. *)

val int : int -> int
(** [int n]: less than [n], at least 0; [n] is at most 2{^56}. *)
