(* SPDX-License-Identifier: ISC *)

(** What processes leave in memory that they had in common with files goes into these, also when a server does not answer: a
    process is gone after a moment, and what is not written by then is written by a thread of its own, as long as the
    server goes on answering. *)

type t
(** Those of a system of processes. *)

type part = Shared.t * int * int
(** The memory, whose user it is; offset and size. *)

val create : log:(string -> unit) -> t

val finish : t -> part list -> unit
(** Writes them and gives up the users: here within {!patience_ns}, the rest later. From a thread, with or without a scheduler. *)

val patience_ns : int

val await : t -> unit
(** Until nothing is left to be written later; within a minute. Needs a scheduler. *)
