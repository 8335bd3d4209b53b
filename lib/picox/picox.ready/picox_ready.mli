(* SPDX-License-Identifier: ISC *)

(** Fibers that are ready to run, and lists of them: what schedulers for Picos fibers have in common.

    Only the public interface of [Picos] is used. *)

open Picos

(** A fiber that can run, how it is to be continued, and the link of the list that it is in. *)
type t =
  | Nobody  (** the end of a list *)
  | Start of { mutable next : t; fiber : Fiber.t; main : Fiber.t -> unit }
  | Yielded of { mutable next : t; fiber : Fiber.t; k : unit suspended }  (** discontinued if canceled *)
  | Go_on of { mutable next : t; fiber : Fiber.t; k : unit suspended }  (** not discontinued *)
  | Told of { mutable next : t; fiber : Fiber.t; k : Fiber.t suspended }  (** gets itself *)
  | Woken of { mutable next : t; fiber : Fiber.t; k : (exn * Printexc.raw_backtrace) option suspended }
      (** gets its cancelation, read now *)

and 'a suspended = ('a, t) Effect.Deep.continuation
(** A fiber that waits for an ['a]. What it gives when it stops is what its scheduler is to run next, or [Nobody]. *)

val next : t -> t
(** What follows; [Nobody] for [Nobody]. *)

val set_next : t -> t -> unit
(** Nothing for [Nobody]. *)

val reverse_onto : t -> t -> t
(** [reverse_onto tail list] is [list] in reverse, followed by [tail]; [list] itself is consumed. *)

(** Stacks that any thread pushes to and one or more take from. Lock-free. *)
module Stack : sig
  type ready := t
  type t

  val create : unit -> t
  val is_empty : t -> bool

  val push : t -> ready -> unit
  (** Pushes one ready fiber; its link is overwritten. *)

  val take_all : t -> ready
  (** Empties the stack: the list of all, newest first. *)
end
