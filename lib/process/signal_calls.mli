(* SPDX-License-Identifier: ISC *)

(** The system calls about signals. Answers are Linux'. *)

open Task

val sigaction : process -> int -> int -> int -> int -> int
val sigprocmask : process -> thread -> int -> int -> int -> int -> int
val sigpending : process -> thread -> int -> int -> int
val sigsuspend : process -> thread -> int -> int -> int
val sigtimedwait : process -> thread -> int -> int -> int -> int -> int
val sigaltstack : process -> thread -> int -> int -> int
val pause : thread -> int
val kill : process -> int -> int -> int
val tkill : process -> int -> int -> int
val tgkill : process -> int -> int -> int -> int
val getitimer : process -> int -> int -> int
val setitimer : process -> int -> int -> int -> int
val alarm : process -> int -> int

(** {1 Layouts} *)

val info_size : int
val encode_info : Signals.info -> bytes

val get_set : process -> int -> (int64, int) result
val is_on_alternate : Signals.own -> int -> bool
val restore_stack : Signals.own -> bytes -> unit
(** Sets it from a [stack_t], if that is a good one. *)

val encode_stack : Signals.own -> int -> bytes
(** [stack_t] of a thread whose stack pointer is there. *)
