(* SPDX-License-Identifier: ISC *)

(** All interleavings of a few short threads, step by step.

    A step is one operation on what {!Traced} has; code under test is compiled once more with its modules in the place of
    the standard ones. Threads must be bounded in every schedule: retry loops are, since each retry needs a step of
    another thread. *)

val step : unit -> unit
(** A step: another thread may go on here. *)

val block_until : (unit -> bool) -> unit
(** A step after which this thread goes on only when the condition, which must not be traced, holds. *)

val delay : unit -> unit
(** A step after which this thread goes on only when no other thread can. *)

val fork : (unit -> unit) -> unit
(** A further thread. *)

val untraced : (unit -> 'a) -> 'a
(** The function without steps. *)

exception Deadlock
(** Some threads have not ended, and none can go on: a wake-up is lost. *)

type setup = unit -> (unit -> unit) list * (unit -> unit)
(** Makes threads, and a check for when all have ended. *)

val all : ?preemptions:int -> setup -> int
(** [all setup] calls [setup] for each schedule, interleaves the threads that it gives in that way, and then calls the
    check that it gives. The number of schedules. With [preemptions] (by default no bound) only those schedules in which a
    thread is interrupted for another at most so many times. The threads must do the same in the same schedule. Raises
    what a thread or a check raises, or {!Deadlock}, after printing the schedule. Only for one domain. *)

val some : seed:int -> int -> setup -> unit
(** [some ~seed n setup] is {!all} for [n] schedules at random. *)

val finds : (unit -> unit) -> bool
(** Whether the function, which calls {!all} or {!some}, raises; quietly. *)
