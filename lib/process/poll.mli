(* SPDX-License-Identifier: ISC *)

(** Waits for many open files at once. *)

type entry = private {
  file : Open_file.t;
  events : int;  (** bits of [poll]; errors and ends are always among them *)
  due : unit -> bool;
  mutable found : int;  (** those that hold, after {!wait} *)
  mutable told : int;
}

val entry : ?due:(unit -> bool) -> Open_file.t -> int -> entry
(** [due ()]: what holds is a reason to wake up (default: always). *)

val readable : int
val writable : int

val wait :
  Wait.sleeper -> ?also:Wait.queue list -> ?until:(unit -> bool) -> deadline:int -> entry list -> Wait.outcome
(** Until one of them is ready, or [until ()], which changes with the queues of [also]. *)

val queues_of : Open_file.t -> Wait.queue list
