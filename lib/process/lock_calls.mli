(* SPDX-License-Identifier: ISC *)

(** [flock], and the locks of [fcntl]. Answers are Linux'. *)

open Task

val flock : process -> thread -> int -> int -> int

val fcntl : process -> thread -> Open_file.t -> int -> int -> int option
(** [fcntl p thread file command at]. [None]: the command is not about locks. *)

val before_close : process -> thread -> int -> unit
(** A process' own locks on a file go with any descriptor of it. *)

val before_closing_those : process -> thread -> (int -> bool) -> unit
(** The same for all descriptors that are chosen. *)
