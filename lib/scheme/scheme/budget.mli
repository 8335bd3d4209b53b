(* SPDX-License-Identifier: ISC *)

(** What somebody may use at most, of handles or of bytes. *)

type t

val create : ?within:t -> int -> t
(** A budget of so many, all of which also count in the budget [within].
    @raise Invalid_argument if it is negative. *)

val unlimited : t

val take : t -> int -> bool
(** [take t n] takes [n]: [true]; or nothing, if that would be too many here or in a budget around it.
    @raise Invalid_argument if [n] is negative. *)

val give_back : t -> int -> unit
(** Gives back [n] that were taken.
    @raise Invalid_argument if so many are not taken. *)

val limit : t -> int
val used : t -> int
