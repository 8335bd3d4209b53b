(* SPDX-License-Identifier: ISC *)

(** The system calls about children, and about other programs. Answers are Linux'. *)

open Task

val wait4 : process -> thread -> int -> int -> int -> int -> int
val waitid : process -> thread -> int -> int -> int -> int -> int -> int

val child_info : process -> Signals.info
(** What its parent is told of one that is gone. *)

val execve : process -> thread -> int -> int -> int -> (unit, int) result
(** [execve p thread path arguments environment]: then the thread, which is the only one left, begins with the program. *)

val set_most : process -> Memory.t -> unit
(** What its limits allow. *)
