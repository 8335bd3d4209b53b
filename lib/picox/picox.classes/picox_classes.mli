(* SPDX-License-Identifier: ISC *)

(** The kernel's scheduler: one loop a domain over three classes of fibers.

    A turn goes to the highest class that has a fiber ready, first in, first out. Lower classes have a floor: one that has
    waited for [period] turns in a row is due, and gets the next. So a driver that becomes ready runs after the turns that
    are under way and two more at most, and whatever drivers do, each lower class gets one of some [period + 2] turns of a
    domain. A turn ends when its fiber waits or yields, or after [quota] effects; one that only computes is not
    interrupted.

    There is no thread for the timers: the loop looks at them every 16 turns, and a domain without fibers that are ready
    sleeps until the next deadline. *)

open Picos

(** From the highest to the lowest. *)
type t =
  | Drivers  (** device tasks *)
  | Vproc  (** virtual processes: server unikernels *)
  | Local  (** user unikernels: commands and scripts *)

val spawn : t -> Fiber.t -> (Fiber.t -> unit) -> unit
(** [Fiber.spawn], into the class. A fiber that is spawned in another way, as by [Bundle.fork], comes into the class of the
    fiber that spawns it. *)

val current : unit -> t
(** The class of this fiber. *)

(** {1 Running} *)

type context
(** What the domains of one run share. *)

val context :
  ?period:int -> ?quota:int -> ?seed:int -> ?fatal_exn_handler:(exn -> unit) -> unit -> context
(** [period] (default 16) and [quota] (default 100) are as above. With [seed] a turn goes to any ready fiber of its class,
    at random; on one domain the same seed gives the same schedule. The [fatal_exn_handler] gets an exception out of the
    main function of a fiber; then the run ends with it.
    @raise Invalid_argument if [period] or [quota] is not positive. *)

val runner_on_this_thread : context -> unit
(** Runs fibers here, too, until the run ends. *)

val run_fiber : context -> ?main_class:t -> Fiber.t -> (Fiber.t -> unit) -> unit
(** Runs the fiber, in [main_class] (default [Local]), and all that are spawned, on this thread and the other runners. A
    context can be run once.
    @raise Invalid_argument if it has been. *)

val run_fiber_on : n_domains:int -> context -> ?main_class:t -> Fiber.t -> (Fiber.t -> unit) -> unit
(** {!run_fiber} with [n_domains - 1] new domains. *)

val run : ?context:context -> ?main_class:t -> ?forbid:bool -> (unit -> 'a) -> 'a
(** {!run_fiber} with a fiber of a new computation, and its outcome. *)

val run_on : n_domains:int -> ?context:context -> ?main_class:t -> ?forbid:bool -> (unit -> 'a) -> 'a
(** {!run} with [n_domains - 1] new domains. *)

(** {1 What happened} *)

val turns : context -> t -> int
(** How many turns fibers of the class have had. *)

val most_overtaken : context -> int
(** The greatest number of turns in a row that a domain gave to lower classes while a driver was ready. *)
