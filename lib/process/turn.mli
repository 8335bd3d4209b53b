(* SPDX-License-Identifier: ISC *)

(** A thread's turns on the CPUs: in slices, where others want to run, too ({!Turns}), or where its group has only a share
    ({!Cpu_share}). *)

open Task

val begin_life : process -> thread -> unit
(** By the thread itself, before the others. *)

val await : process -> thread -> unit
(** Before each run: its [slice_stop] is good then. *)

val over : process -> thread -> unit
(** The time of its slice is over: pays for what it has run, and waits for its next turn, unless something of the slice is left. *)

val give_up : process -> thread -> unit
(** The same, but leaves what is left to others. *)

val end_life : process -> thread -> unit
(** Pays the rest. *)
