(* SPDX-License-Identifier: ISC *)

(** The system calls about time, and those by which threads of a process wait for each other. Answers are Linux'. *)

open Task

val clock_gettime : process -> thread -> int -> int -> int
val clock_getres : process -> thread -> int -> int -> int
val gettimeofday : process -> int -> int -> int
val time : process -> int -> int
val nanosleep : process -> thread -> int -> int -> int
val clock_nanosleep : process -> thread -> int -> int -> int -> int -> int

val futex : process -> thread -> int -> int -> int -> int -> int -> int -> int
(** [futex p thread at operation value timeout at2 value3]. *)

(** {1 For other calls} *)

val clock_ns : process -> thread -> int -> int option
(** What a clock shows. *)

val deadline : clock:int -> absolute:bool -> int -> int
(** A moment of a clock, or a duration, on {!Vcpu.now}'s clock. *)

val futexes_of : process -> int -> is_private:bool -> Futexes.t * int
(** Where those meet who wait at an address, and its name there. *)
