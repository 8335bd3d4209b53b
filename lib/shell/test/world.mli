(* SPDX-License-Identifier: ISC *)

(** A small system for tests: schemes, a namespace of them, a shell, and what it prints. *)

open Scheme

type t = { namespace : Namespace.t; tasks : Shell.Tasks.t; shell : Shell.Interpreter.t; log : Scheme_standard.Log.t }

val create : ?arguments:string list -> ?handles:int -> unit -> t
(** With a budget of [handles] (default: 200). *)

val handles : t -> int
(** How many are open. *)

val run : t -> ?input:string -> string -> int * string * string
(** Runs a script: status, output, errors. *)

val get : ('a, Error.t) result -> 'a

val within : ?seed:int -> ?domains:int -> (unit -> unit) -> unit
(** Runs it with fibers, with the scheduler of the kernel: in order on one domain, or in another order for each seed, or on
    so many domains. *)
