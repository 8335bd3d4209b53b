(* SPDX-License-Identifier: ISC *)

(** A scheduler for several threads, mostly first in, first out.

    Each thread has a queue of its own. A fiber that has waited goes on where it waited, unless a thread without work
    takes it; those that are canceled while they wait go first. Every 61 turns a thread also looks at the queue of
    another, and takes a fiber if that queue is the longer one. A thread that finds no work sleeps. It is woken at once
    for the fibers of its own queue; for those that wait behind the running fibers of other threads it is woken by a
    heartbeat, so that short bursts of fibers stay where they are. *)

open Picos

type t
(** A context that runners share. *)

val context :
  ?heartbeat_delay:float ->
  ?heartbeat_rounds:int ->
  ?quota:int ->
  ?fatal_exn_handler:(exn -> unit) ->
  unit ->
  t
(** A new context, to be consumed by one call of {!run} or {!run_fiber}. The heart beats every [heartbeat_delay] seconds
    (default 0.005) and rests after [heartbeat_rounds] beats (default 100) that woke nobody, until somebody could be woken
    again. The end of the run may be late by one beat. A fiber must yield after [quota] effects (default [max_int]).
    [fatal_exn_handler] gets the exception that leaves the main function of a fiber, before {!run} raises it.
    @raise Invalid_argument if one of the numbers is not positive. *)

val runner_on_this_thread : t -> unit
(** Runs fibers of the context on this thread too; returns when its run has ended. *)

val run_fiber : ?context:t -> Fiber.t -> (Fiber.t -> unit) -> unit
(** [run_fiber fiber main] runs [main fiber] and every fiber spawned meanwhile, and returns after all have returned. An
    exception out of the main function of a fiber stops all runners and is raised; the other fibers are abandoned as they
    are. By default the context is a new one, and this thread the only one.
    @raise Invalid_argument if the context has been consumed. *)

val run : ?context:t -> ?forbid:bool -> (unit -> 'a) -> 'a
(** [run main] is {!run_fiber} of a new fiber with a new computation that captures [main ()]: it returns or raises what
    that does. [forbid] (default [false]) is the fiber's flag. *)

val run_fiber_on :
  ?heartbeat_delay:float ->
  ?heartbeat_rounds:int ->
  ?quota:int ->
  ?fatal_exn_handler:(exn -> unit) ->
  n_domains:int ->
  Fiber.t ->
  (Fiber.t -> unit) ->
  unit
(** {!run_fiber} on this domain and [n_domains - 1] new ones.
    @raise Invalid_argument if [n_domains] is not positive. *)

val run_on :
  ?heartbeat_delay:float ->
  ?heartbeat_rounds:int ->
  ?quota:int ->
  ?fatal_exn_handler:(exn -> unit) ->
  n_domains:int ->
  ?forbid:bool ->
  (unit -> 'a) ->
  'a
(** {!run} on this domain and [n_domains - 1] new ones. *)
