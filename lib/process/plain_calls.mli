(* SPDX-License-Identifier: ISC *)

(** The system calls that make or end nothing: each function performs one for a process, of arguments that may be any
    numbers, and returns the result or an error of {!Calls}. Addresses are the process'. *)

open Task

val bytes_or_error : bool -> int -> int
(** [bytes_or_error ok result]: [result], or that an address is bad. *)

val put_zeros : process -> int -> int -> bool
(** [put_zeros p at count]; at 0 there is nothing to do. *)

(** {1 Descriptors} *)

val write : process -> thread -> int -> int -> int -> int -> int
(** [write p thread descriptor at count written]: goes on behind what has been written. *)

val read : process -> thread -> int -> int -> int -> int
val vectored : process -> (int -> int -> int) -> int -> int -> int
(** [vectored p one at count]: [one base length] for each part of a vector, until one is not done wholly. *)

val pipe : process -> int -> int
val fcntl : process -> int -> int -> int -> int

(** {1 Memory} *)

val mmap : process -> int -> int -> int -> int -> int
val mprotect : process -> int -> int -> int -> int
val madvise : process -> int -> int -> int -> int

(** {1 Time, and waiting} *)

val timer_absolute : int
val clock_gettime : process -> int -> int -> int
val sleep : process -> absolute:bool -> int -> int
val futex : process -> int -> int -> int -> int -> int -> int -> int

(** {1 Signals}

    Remembered, but never delivered. *)

val sigaction : process -> int -> int -> int -> int
val sigprocmask : process -> thread -> int -> int -> int -> int

(** {1 Others} *)

val getrandom : process -> thread -> int -> int -> int
val uname : process -> int -> int
val getaffinity : process -> int -> int -> int
val prlimit : process -> int -> int -> int -> int
val arch_prctl : process -> thread -> int -> int -> int
