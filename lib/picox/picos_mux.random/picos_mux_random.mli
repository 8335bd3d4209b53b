(* SPDX-License-Identifier: ISC *)

(** A scheduler for tests: after each effect a fiber picked at random among those that are ready goes on.

    Fibers may run on several threads. With one thread, and no timers or other threads that wake fibers, the seed
    decides all: the same seed replays the same schedule. *)

open Picos

type t
(** A context that runners share. *)

val context : ?seed:int -> ?fatal_exn_handler:(exn -> unit) -> unit -> t
(** A new context, to be consumed by one call of {!run} or {!run_fiber}. [seed] (an addition to Picos' interface) is
    random by default. [fatal_exn_handler] gets the exception that leaves the main function of a fiber, before {!run}
    raises it. *)

val seed : t -> int
(** The seed of the context, to report with a failure. An addition to Picos' interface. *)

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

val run_fiber_on : ?fatal_exn_handler:(exn -> unit) -> n_domains:int -> Fiber.t -> (Fiber.t -> unit) -> unit
(** {!run_fiber} on this domain and [n_domains - 1] new ones.
    @raise Invalid_argument if [n_domains] is not positive. *)

val run_on : ?fatal_exn_handler:(exn -> unit) -> n_domains:int -> ?forbid:bool -> (unit -> 'a) -> 'a
(** {!run} on this domain and [n_domains - 1] new ones. *)
