(* SPDX-License-Identifier: ISC *)

(** A scheduler for one thread, first in, first out.

    Fibers run in the order in which they became ready; those that are canceled while they wait go first. All fibers
    stay on the thread that called {!run}. A thread sleeps while none of its fibers is ready. *)

open Picos

val run_fiber : ?quota:int -> ?fatal_exn_handler:(exn -> unit) -> Fiber.t -> (Fiber.t -> unit) -> unit
(** [run_fiber fiber main] runs [main fiber] and every fiber spawned meanwhile, and returns after all have returned.
    A fiber must yield after [quota] effects (default [max_int]). An exception out of the main function of a fiber is
    given to [fatal_exn_handler] and then raised by [run_fiber]; the other fibers are abandoned as they are.
    @raise Invalid_argument if [quota] is not positive. *)

val run : ?quota:int -> ?fatal_exn_handler:(exn -> unit) -> ?forbid:bool -> (unit -> 'a) -> 'a
(** [run main] is {!run_fiber} of a new fiber with a new computation that captures [main ()]: it returns or raises what
    that does. [forbid] (default [false]) is the fiber's flag. *)
