(* SPDX-License-Identifier: ISC *)

(** Condition variables for any kind of lock. *)

type t

val create : ?padded:bool -> unit -> t
(** A condition for which nobody waits. *)

val signal : t -> unit
(** Wakes the fiber that has waited longest, if any. *)

val broadcast : t -> unit
(** Wakes all fibers that wait. *)

val wait : t -> release:('l -> unit) -> acquire:('l -> unit) -> 'l -> unit
(** [wait t ~release ~acquire lock] begins to wait, calls [release lock], waits for a wake-up, and calls [acquire lock]
    with cancelation forbidden. If the fiber is canceled meanwhile, a wake-up that it has got passes to another, and the
    cancelation is raised after [acquire]. *)
