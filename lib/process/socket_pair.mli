(* SPDX-License-Identifier: ISC *)

(** Pairs of connected sockets: two pipes, in opposite ways. *)

type t
type Open_file.kind += Socket of t

val make : budget:Scheme.Budget.t -> flags:int -> Open_file.t * Open_file.t
(** Raises as {!Pipe.create}. *)

val shut_down : t -> read:bool -> write:bool -> unit
