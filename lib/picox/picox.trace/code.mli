(* SPDX-License-Identifier: ISC *)

(** What an event is. With the numbers that it carries: *)

val turn : int
(** a fiber *)

val awaits : int
val yields : int
val returns : int

val spawned : int
(** a fiber, and by whom *)

val woken : int
val sleeps : int
val wakes : int

val instant : int
(** a name, and a number *)

val counter : int
