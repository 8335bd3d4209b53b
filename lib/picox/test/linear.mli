(* SPDX-License-Identifier: ISC *)

(** Linearizability, by search: in all interleavings of small random programs, the answers must be those of a sequential
    model in some order of the operations in which none comes before one that had ended when it began. *)

(** An operation of an object, and of its model, with its answer in words. *)
type ('object_, 'state) operation = {
  name : string;
  real : 'object_ -> string;
  model : 'state -> 'state * string;
}

val check :
  ?preemptions:int ->
  programs:int ->
  make:(unit -> 'object_) ->
  initial:'state ->
  ('object_, 'state) operation list list ->
  unit
(** [check ~programs ~make ~initial operations] tries [programs] programs, the same each time. [operations] has, for each
    thread, those that it may use. Raises [Failure] with the program and its answers, and what the object or
    {!Interleave.all} raises. [preemptions] is 3 by default. *)
