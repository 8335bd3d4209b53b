(* SPDX-License-Identifier: ISC *)

(** What fibers wait for that others than fibers bring about: times, and descriptors that become ready.

    Timers are in one wheel ({!Picox_timeline}). Runners of the kernel's scheduler {!attend} to it themselves: between
    turns, and one that sleeps does so until the next deadline. Where there is none of them, and for descriptors, one
    thread waits, with [Unix.select]. It belongs to the domain that needed it first and ends with it; the next
    {!cancel_after}, {!return_on} or {!tend} then starts another. Until then what is pending is late. *)

val now_ns : unit -> int
(** Nanoseconds of the monotonic clock, since some fixed moment. *)

val cancel_after : 'a Picos.Computation.t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
(** [cancel_after computation ~seconds exn bt] cancels the computation [seconds] (not negative) from now. When the
    computation completes before that, the timer is let go at once.
    @raise Invalid_argument if [seconds] is more than 50 years.
    @raise Unix.Unix_error if the thread's pipe cannot be opened.
    @raise Sys_error if the thread cannot be started. *)

val return_on : Unix.file_descr -> [ `R | `W | `E ] -> 'a Picos.Computation.t -> 'a -> unit
(** [return_on fd operation computation value] returns [value] from the computation when the descriptor can be read or
    written, or has an exceptional condition. The descriptor must stay open until the computation completes; when that
    happens otherwise, the arrangement is let go. What [select] cannot wait for, as a descriptor above 1023, cancels the
    computation with a [Unix_error].
    @raise Unix.Unix_error as {!cancel_after}.
    @raise Sys_error as {!cancel_after}. *)

val enter : unit -> unit
(** Schedulers call it on each of their threads before they run fibers. *)

val on_enter : (unit -> unit) -> unit
(** Lets {!enter} call the function, which must not raise; only the last one that is given. *)

val take_signal : int -> unit
(** Lets the thread, which else blocks all signals, take this one and run its handler, which must not raise. *)

val tend : unit -> unit
(** Starts the thread, in this domain, if something is pending and there is none. Schedulers call it before they sleep. *)

(** {1 Without the thread} *)

val attend : Picox_parker.t -> unit
(** Tells that a runner calls {!poll} now and then, and {!park} to sleep, from now on until {!leave}. *)

val leave : Picox_parker.t -> unit
(** Ends it. Raises as {!tend}. *)

val poll : unit -> unit
(** Completes what is due. *)

val park : Picox_parker.t -> unit
(** For one that attends, [Picox_parker.park]; if no other one does so it sleeps until the next deadline at most, and
    completes what is due then. *)

val is_keeper : Picox_parker.t -> bool
(** Whether this is the one that sleeps until the next deadline: better to wake another. *)

val hire : unit -> unit
(** Lets the thread see to timers, and take signals, whoever attends, until {!dismiss}: for timers that must go off while
    all runners are in system calls. *)

val dismiss : unit -> unit

(** {1 For tests} *)

val pending : unit -> int
(** How many timers there are. *)

val wake_ups : unit -> int * int
(** How many sleeps have ended: of runners until a deadline, and of the thread. *)
