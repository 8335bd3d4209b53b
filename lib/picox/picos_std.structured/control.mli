(* SPDX-License-Identifier: ISC *)

(** Errors, cancelation and time: see [Picos_std_structured.Control]. *)

exception Terminate
exception Errors of (exn * Printexc.raw_backtrace) list

val backtrace : int option -> Printexc.raw_backtrace
(** The call stack to that depth, by default none. *)

val raise_if_canceled : unit -> unit
val yield : unit -> unit
val sleep : seconds:float -> unit
val protect : (unit -> 'a) -> 'a
val block : unit -> 'a
val terminate_after : ?callstack:int -> seconds:float -> (unit -> 'a) -> 'a
val terminate_unless : bool -> unit
