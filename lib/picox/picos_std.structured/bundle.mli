(* SPDX-License-Identifier: ISC *)

(** A scope with fibers: see [Picos_std_structured.Bundle]. *)

type t

val join_after : ?callstack:int -> ?on_return:[ `Terminate | `Wait ] -> (t -> 'a) -> 'a
val terminate : ?callstack:int -> t -> unit
val terminate_after : ?callstack:int -> t -> seconds:float -> unit
val error : ?callstack:int -> t -> exn -> Printexc.raw_backtrace -> unit
val fork_as_promise : ?prepare:(Picos.Fiber.t -> unit) -> t -> (unit -> 'a) -> 'a Promise.t
val fork : ?prepare:(Picos.Fiber.t -> unit) -> t -> (unit -> unit) -> unit
(** [prepare] is called with the new fiber before it is spawned. *)
