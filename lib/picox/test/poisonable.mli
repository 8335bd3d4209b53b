(* SPDX-License-Identifier: ISC *)

(** The laws of what picos_std.sync has that can be poisoned: locks, semaphores, barriers. *)

val add : unit -> unit
(** Adds the tests. *)
