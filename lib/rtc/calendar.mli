(* SPDX-License-Identifier: ISC *)

(** Dates as seconds. *)

type t = { year : int; month : int;  (** 1 to 12 *) day : int;  (** from 1 *) hour : int; minute : int; second : int }

val is_date : t -> bool
(** Whether there is such a day, and such a time in it. *)

val seconds : t -> int
(** Since 1970, without leap seconds. *)
