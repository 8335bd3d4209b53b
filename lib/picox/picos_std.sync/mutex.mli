(* SPDX-License-Identifier: ISC *)

(** Mutual exclusion between fibers, handed over first come, first served.

    As [Stdlib.Mutex], but a fiber that waits lets others run. [~checked:false] (the default is [true]) saves asking
    for the current fiber, and with it the checks: whether the fiber is canceled, and whether it is the owner, now and in
    the operation that ends what began so. *)

type t

val create : ?padded:bool -> unit -> t
(** An unlocked mutex; [~padded:true] keeps it from sharing a cache line. *)

val lock : ?checked:bool -> t -> unit
(** Waits until the mutex is unlocked, and locks it. Raises if the fiber is canceled, before it has locked the mutex.
    @raise Sys_error if the fiber has locked it already. *)

val try_lock : ?checked:bool -> t -> bool
(** Locks the mutex if it is unlocked: [true]. Raises if the fiber is canceled. *)

val unlock : ?checked:bool -> t -> unit
(** Hands the mutex to the fiber that has waited longest, or unlocks it. Does not raise for cancelation.
    @raise Sys_error if another fiber has locked it, or none. *)

val protect : ?checked:bool -> t -> (unit -> 'a) -> 'a
(** [protect t body] is [body ()] between {!lock} and {!unlock}, whether it returns or raises. *)
