(* SPDX-License-Identifier: ISC *)

(** The system calls about open files and descriptors, but for those that only read and write. Answers are Linux'. *)

open Task

val lseek : process -> thread -> int -> int -> int -> int
val ftruncate : process -> thread -> int -> int -> int
val truncate : process -> thread -> int -> int -> int
val fallocate : process -> thread -> int -> int -> int -> int -> int

val fadvise : process -> int -> int -> int -> int
(** [fadvise p descriptor size advice], which nobody follows. *)

val fsync : process -> thread -> int -> int
val getdents : process -> thread -> int -> int -> int -> int
val fcntl : process -> thread -> int -> int -> int -> int
val dup : process -> int -> int
val dup2 : process -> thread -> int -> int -> int
val dup3 : process -> thread -> int -> int -> int -> int
val close : process -> thread -> int -> int
val close_range : process -> thread -> int -> int -> int -> int
val pipe : process -> int -> int -> int

val two_descriptors : process -> int -> (int * int, int) result -> int
(** Writes two fresh descriptors to an address, or closes them. *)

val ioctl : process -> thread -> int -> int -> int -> int

val utimensat : process -> thread -> int -> int -> int -> int -> int
(** [utimensat p thread descriptor path times flags]. *)
