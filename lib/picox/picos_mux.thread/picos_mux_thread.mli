(* SPDX-License-Identifier: ISC *)

(** A scheduler with a thread for each fiber: for tests, and for programs with few fibers that block their threads.

    The threads are those of the calling domain, so one runs at a time. The main fiber runs on the calling thread. *)

open Picos

val run_fiber : ?fatal_exn_handler:(exn -> unit) -> Fiber.t -> (Fiber.t -> unit) -> unit
(** [run_fiber fiber main] runs [main fiber] and every fiber spawned meanwhile, and returns after all have returned. An
    exception out of the main function of a fiber is given to [fatal_exn_handler] and then raised by [run_fiber]; each
    other fiber is abandoned, as it is, when it performs its next effect. What spawning a fiber may raise includes what
    making a thread may raise. *)

val run : ?forbid:bool -> ?fatal_exn_handler:(exn -> unit) -> (unit -> 'a) -> 'a
(** [run main] is {!run_fiber} of a new fiber with a new computation that captures [main ()]: it returns or raises what
    that does. [forbid] (default [false]) is the fiber's flag. *)
