(* SPDX-License-Identifier: ISC *)

(** What holds of triggers, computations and fibers without a scheduler. *)

val add : unit -> unit
(** Adds the tests. *)
