(* SPDX-License-Identifier: ISC *)

(** The implicit bundle: see [Picos_std_structured.Flock]. *)

val join_after : ?callstack:int -> ?on_return:[ `Terminate | `Wait ] -> (unit -> 'a) -> 'a
val terminate : ?callstack:int -> unit -> unit
val terminate_after : ?callstack:int -> seconds:float -> unit -> unit
val error : ?callstack:int -> exn -> Printexc.raw_backtrace -> unit
val fork_as_promise : (unit -> 'a) -> 'a Promise.t
val fork : (unit -> unit) -> unit
