(* SPDX-License-Identifier: ISC *)

(** The timers of the schedulers: computations that are canceled at a time.

    One thread waits for the earliest deadline of all domains. It belongs to the domain whose timer came first and ends
    with it; the next {!cancel_after} or {!tend} then starts another. Until then pending timers are late. *)

val now_ns : unit -> int
(** Nanoseconds of the monotonic clock, since some fixed moment. *)

val cancel_after : 'a Picos.Computation.t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
(** [cancel_after computation ~seconds exn bt] cancels the computation [seconds] (not negative) from now. When the
    computation completes before that, the timer is let go at once.
    @raise Invalid_argument if [seconds] is more than 50 years.
    @raise Unix.Unix_error if the thread's pipe cannot be opened.
    @raise Sys_error if the thread cannot be started. *)

val tend : unit -> unit
(** Starts the thread, in this domain, if timers are pending and there is none. Schedulers call it before they sleep. *)

val pending : unit -> int
(** How many timers there are, in time proportional to that. For tests. *)
