(* SPDX-License-Identifier: ISC *)

(** Schedulers whose fibers run on several threads: what those with different orders have in common.

    Each thread that takes part has a {e runner}: a loop that takes a task from the pool and runs it until its fiber
    performs an effect. Effects are handled by shallow handlers, so that a fiber goes on under the handler of the
    runner that took it. Handlers return to the loop, so the stack does not grow. *)

open Picos

type 'a suspended = ('a, unit) Effect.Shallow.continuation
(** A fiber that waits for an ['a]. *)

(** A fiber that can run, and how. *)
type task =
  | Nobody  (** no task *)
  | Start of { fiber : Fiber.t; main : Fiber.t -> unit }
  | Yielded of { fiber : Fiber.t; k : unit suspended }  (** discontinued if canceled *)
  | Go_on of { fiber : Fiber.t; k : unit suspended }  (** not discontinued *)
  | Told of { fiber : Fiber.t; k : Fiber.t suspended }  (** gets itself *)
  | Woken of { fiber : Fiber.t; k : (exn * Printexc.raw_backtrace) option suspended }
      (** gets its cancelation, read when it goes on *)

(** Where ready fibers are, and in which order they come out. *)
module type Pool = sig
  type t
  (** What all runners share. *)

  type own
  (** The part of one runner. *)

  val join : t -> own
  (** The part of a new runner. From any thread. *)

  val push : own -> task -> unit
  (** Adds a task. From any thread, and in signal handlers: lock-free. *)

  val push_urgent : own -> task -> unit
  (** Adds one that is to come first, as far as there is an order. As {!push}. *)

  val take : own -> task
  (** Takes a task of any runner, or is [Nobody]. Only by the own runner. *)
end

(** A scheduler with such a pool. *)
module Make (Pool : Pool) : sig
  type t
  (** The context that runners share. One {!run_fiber} consumes it. *)

  val create :
    ?quota:int -> ?keeps_time:bool -> ?fatal_exn_handler:(exn -> unit) -> pushed:(t -> unit) -> Pool.t -> t
  (** [pushed] is called after each addition to the pool that woke nobody; it may {!wake} another. It must not raise
      and may be called in a signal handler. A fiber must yield after [quota] effects (default [max_int]).
      With [keeps_time] (default [false]) the runners see to the timers, every 16 turns and by sleeping until the next.
      @raise Invalid_argument if [quota] is not positive. *)

  val pool : t -> Pool.t

  val is_finished : t -> bool
  (** Whether all fibers have returned, or one has raised. *)

  val any_asleep : t -> bool
  (** Whether a runner sleeps. *)

  val wake_one : t -> unit
  (** Wakes a runner, if one sleeps. *)

  val wake_all : t -> unit
  (** Wakes all runners that sleep. *)

  val runner_on_this_thread : t -> unit
  (** Runs fibers on this thread until the end. *)

  val run_fiber : t -> Fiber.t -> (Fiber.t -> unit) -> unit
  (** Runs the main fiber and all that are spawned, on this thread and those of the other runners. An exception out of
      the main function of a fiber is given to the [fatal_exn_handler], stops all runners and is raised here; the other
      fibers are abandoned as they are.
      @raise Invalid_argument if the context has been consumed. *)

  val run_fiber_on : n_domains:int -> t -> Fiber.t -> (Fiber.t -> unit) -> unit
  (** {!run_fiber} with runners on [n_domains - 1] new domains, which have ended when it returns.
      @raise Invalid_argument if [n_domains] is not positive. *)
end

val captured : ?forbid:bool -> (Fiber.t -> (Fiber.t -> unit) -> unit) -> (unit -> 'a) -> 'a
(** [captured ~forbid run_fiber main] makes a fiber of a new computation, lets [run_fiber] run it until [main] has
    returned or raised, and returns or raises that. [forbid] (default [false]) is the fiber's flag. *)
