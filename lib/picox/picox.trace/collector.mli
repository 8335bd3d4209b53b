(* SPDX-License-Identifier: ISC *)

(** The phases of the garbage collector, out of the runtime's own rings, in C ([collector.c]). Those are small, so they are
    emptied now and then. *)

val start : unit -> unit

val read : unit -> unit
(** Empties them, unless another domain is about to. *)

type span = { slot : int; from : int; until : int; phase : string }
(** In the place of a domain; nanoseconds of the monotonic clock. *)

val spans : since:int -> span list
(** What has been read, but for what ended before. A begin without an end is none, nor is an end without a begin. *)

val lost : unit -> int
(** How many words were overwritten before they were read. *)
