(* SPDX-License-Identifier: ISC *)

(** Condition variables, with {!Mutex}. As [Stdlib.Condition], but a fiber that waits lets others run. *)

type t

val create : ?padded:bool -> unit -> t
(** A condition for which nobody waits; [~padded:true] keeps it from sharing a cache line. *)

val wait : t -> Mutex.t -> unit
(** [wait t mutex] unlocks the mutex, waits for {!signal} or {!broadcast}, and locks the mutex again. If the fiber is
    canceled meanwhile, that is raised with the mutex locked; a signal that it has got passes to another fiber.
    @raise Sys_error if the mutex is not locked by the fiber. *)

val signal : t -> unit
(** Wakes the fiber that has waited longest, if any. *)

val broadcast : t -> unit
(** Wakes all fibers that wait. *)
