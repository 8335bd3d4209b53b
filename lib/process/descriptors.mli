(* SPDX-License-Identifier: ISC *)

(** A process' descriptors: small numbers for open files. All functions may be called from all its threads. Errors are of
    {!Errno}. *)

type t

val create : budget:Scheme.Budget.t -> unit -> t
(** Each descriptor counts in the budget. *)

val most : int
(** How many there may be. *)

val find : t -> int -> Open_file.t option
(** Without a reference of its own: good for one call. Allocates nothing. *)

val add : t -> ?lowest:int -> close_on_exec:bool -> Open_file.t -> int
(** Gives it the lowest free number from [lowest] on. Owns the reference; an error releases it: [EMFILE] (see {!limit}), or [ENFILE] if the budget
    is spent. *)

val add_two : t -> close_on_exec:bool -> Open_file.t -> Open_file.t -> (int * int, int) result

val put : t -> int -> close_on_exec:bool -> Open_file.t -> int
(** Gives it that number, below {!most}, whose file is closed. 0 or an error, as {!add}. *)

val close : t -> int -> int
val duplicate : t -> int -> lowest:int -> close_on_exec:bool -> int
val duplicate_to : t -> int -> int -> close_on_exec:bool -> int
(** The same number twice: nothing changes. *)

val closes_on_exec : t -> int -> bool
val set_close_on_exec : t -> int -> bool -> unit

val copy : t -> t option
(** For a fork: the same open files. [None]: the budget is spent. *)

val count : t -> int

val limit : t -> int
(** The first number that none gets: {!most}, or what {!set_limit} has said. Those that are there already stay. *)

val set_limit : t -> int -> unit

val numbers : t -> int list

val close_range : t -> int -> int -> unit

val execute : t -> unit
(** Closes those that are to be closed. *)

val close_all : t -> unit
