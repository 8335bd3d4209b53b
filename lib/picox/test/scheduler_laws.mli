(* SPDX-License-Identifier: ISC *)

(** The contract of a scheduler (see [Picos]), rule by rule, and what else must hold of each scheduler. *)

type scheduler = {
  name : string;
  run : 'a. ?forbid:bool -> (unit -> 'a) -> 'a;
  in_order : bool;  (** one thread, first in, first out *)
  alone : bool;  (** one thread, which takes all decisions *)
  fibers : int;  (** how many fibers the tests may make: a thread for each fiber is dear *)
  bounded_stack : bool;  (** a finished fiber leaves nothing on a stack *)
}

val add : scheduler -> unit
(** Adds the tests for the scheduler. *)
