(* SPDX-License-Identifier: ISC *)

(** All interleavings of a few short threads, step by step.

    A step is one operation on an {!Atomic} of this module; code under test is compiled once more with this module in
    the place of the standard one. Threads must be bounded in every schedule: retry loops are, since each retry needs a
    step of another thread. *)

module Atomic : sig
  type !'a t

  val make : 'a -> 'a t
  val get : 'a t -> 'a
  val set : 'a t -> 'a -> unit
  val exchange : 'a t -> 'a -> 'a
  val compare_and_set : 'a t -> 'a -> 'a -> bool
  val fetch_and_add : int t -> int -> int
  val incr : int t -> unit
  val decr : int t -> unit
end

val all : ?preemptions:int -> (unit -> (unit -> unit) list * (unit -> unit)) -> int
(** [all setup] calls [setup] for each schedule, interleaves the threads that it gives in that way, and then calls the
    check that it gives. The number of schedules. With [preemptions] (by default no bound) only those schedules in which a
    thread is interrupted for another at most so many times. The threads must do the same in the same schedule. Raises
    what a thread or a check raises, after printing the schedule. Only for one domain. *)
