(* SPDX-License-Identifier: ISC *)

(** Descriptors: what a process reads from and writes to by number. *)

type waiting
(** Where all threads of a group of processes wait that wait for each other's doings: pipes, children. One lock for all of
    them, which is held for moments only. *)

val waiting : unit -> waiting

val locked : waiting -> (unit -> 'a) -> 'a
(** Who has changed something that others may wait for calls {!announce} within. *)

val announce : waiting -> unit

val sleep : waiting -> unit
(** Within {!locked}: until the next {!announce}. *)

type streams = {
  input : bytes -> int -> int -> int;  (** as [Unix.read] *)
  output : bytes -> int -> int -> unit;  (** writes all of it *)
  error : bytes -> int -> int -> unit;
}

type t
(** A process' descriptors. *)

val create : waiting -> streams -> t
(** 0, 1 and 2 are the streams. *)

val copy : t -> t
(** For a fork: the same files. *)

val close_all : t -> unit
val is_open : t -> int -> bool

(** The following answer as Linux' calls do: a result, or an error of {!Calls}. [stop ()]: the process is over, nobody waits
    any more. *)

val read : t -> stop:(unit -> bool) -> int -> bytes -> int -> int -> int

val write : t -> stop:(unit -> bool) -> int -> bytes -> int -> int -> int
val close : t -> int -> int

val duplicate : t -> int -> lowest:int -> int
(** To the lowest free descriptor from [lowest] on. *)

val duplicate_to : t -> int -> int -> int
val is_pipe : t -> int -> bool

val pipe : t -> (int * int, int) result
(** The ends for reading and for writing. *)
