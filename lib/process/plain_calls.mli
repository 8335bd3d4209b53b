(* SPDX-License-Identifier: ISC *)

(** The system calls that fit nowhere else. Answers are Linux'. *)

open Task

val getrandom : process -> thread -> int -> int -> int -> int
val uname : process -> int -> int
val getaffinity : process -> int -> int -> int

val prlimit : process -> int -> int -> int -> int -> int
(** Of a process of the same tree: {!Resource_limits}. *)

val getpriority : process -> int -> int -> int
val setpriority : process -> int -> int -> int -> int
(** Nice values are whole processes'. *)

val arch_prctl : process -> thread -> int -> int -> int
val prctl : process -> thread -> int -> int -> int
val getrusage : process -> thread -> int -> int -> int
val times : process -> int -> int
val sysinfo : process -> int -> int

(** {1 Groups and sessions} *)

val getpgid : process -> int -> int
val getsid : process -> int -> int
val setpgid : process -> int -> int -> int
val setsid : process -> int
