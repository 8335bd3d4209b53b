(* SPDX-License-Identifier: ISC *)

(** Dates of the Gregorian calendar, in UTC. *)

type date = { year : int; month : int;  (** 1 to 12 *) day : int }

val floor_div : int -> int -> int
(** The quotient, rounded down; the divisor is positive. *)

val of_days : int -> date
(** The date so many days after 1970-01-01. *)

val weekday : int -> int
(** 0: Sunday. *)

val now : Scheme.Namespace.t -> (int, Scheme.Error.t) result
(** Nanoseconds since 1970, by the scheme [time]. *)
