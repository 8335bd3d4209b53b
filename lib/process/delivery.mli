(* SPDX-License-Identifier: ISC *)

(** Delivers signals, on the way back to user mode. *)

open Task

val deliver : process -> thread -> unit
(** All that are pending and not blocked. *)

val interrupted : process -> thread -> Calls.t -> unit
(** {!deliver}, after a call that would answer [EINTR] and has changed no register: it does, or is made again. *)

val fault : process -> thread -> int -> kind:Vcpu.fault_kind -> address:int -> code:int -> unit
(** The signal that a fault is. *)

val return : process -> thread -> unit
(** A handler's return. *)
