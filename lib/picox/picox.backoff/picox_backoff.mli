(* SPDX-License-Identifier: ISC *)

(** Randomised exponential back-off for loops that retry a failed compare-and-set.

    A back-off is an immutable value: pass the result of {!once} to the next attempt. On a machine with one
    recommended domain nobody else can make progress while we spin, so there {!once} does not spin. *)

type t [@@immediate]

val default : t
(** The back-off of a first attempt. *)

val once : t -> t
(** [once b] spins for a random time that is at most twice that of [b]'s predecessor, bounded by 2{^9} relaxations,
    and is the back-off for the next attempt. *)
