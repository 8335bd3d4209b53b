(* SPDX-License-Identifier: ISC *)

(** A range of x86_64's ports. Each access is one instruction. Other machines have none. *)

type t

val are_there : unit -> bool
(** On this architecture. *)

val size : t -> int

val read8 : t -> int -> int
(** @raise Invalid_argument out of the range. *)

val write8 : t -> int -> int -> unit
(** What does not fit is cut off.
    @raise Invalid_argument out of the range. *)

(**/**)

val unsafe_at : int -> int -> t
(** [unsafe_at base size]: for ports that the nucleus has told of. *)
