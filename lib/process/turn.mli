(* SPDX-License-Identifier: ISC *)

(** A thread's turns on the CPUs, where its group has only a share of them. *)

open Task

val begin_life : process -> thread -> unit
(** By the thread itself, before the others. *)

val await : process -> thread -> unit
(** Pays for what the thread has run, if its slice is over, and waits while the share is used up. Then its [slice_stop] tells until
    when it may run: [max_int] without a share. *)

val end_life : process -> thread -> unit
(** Pays the rest. *)
