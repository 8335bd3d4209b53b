(* SPDX-License-Identifier: ISC *)

(** Locks on files, which only those heed that ask for them: of whole files ([flock], of open files), and of ranges ([fcntl], of
    processes). The two do not see each other. What file it is: the service that opened it and the number that this gives it. *)

type t

val create : unit -> t

type owner = Open_file of int | Process of int
type file = { service : int; inode : int }
type range = { from : int; stop : int  (** the first byte behind it; [max_int]: all *) }

type lock = { owner : owner; range : range; exclusive : bool }

val any : t -> owner -> bool
(** Whether it has one. *)

val conflict : t -> file -> lock -> lock option
(** One of another owner that keeps this one off. *)

val set : t -> file -> lock -> int
(** In place of what the owner had there; 0, [EAGAIN] if there is a conflict, [ENOLCK] if it has too many. *)

val clear : t -> file -> owner -> range -> unit
val clear_file : t -> file -> owner -> unit
val clear_all : t -> owner -> unit

val changed : t -> Wait.queue
(** Woken when locks have gone. *)
