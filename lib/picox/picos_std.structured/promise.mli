(* SPDX-License-Identifier: ISC *)

(** The result of a fiber to come: see [Picos_std_structured.Promise]. *)

open Picos_std_event

type 'a t = 'a Picos.Computation.t

val of_value : 'a -> 'a t
val await : 'a t -> 'a
val completed : 'a t -> 'a Event.t
val is_running : 'a t -> bool
val try_terminate : ?callstack:int -> 'a t -> bool
val terminate : ?callstack:int -> 'a t -> unit
val terminate_after : ?callstack:int -> 'a t -> seconds:float -> unit
