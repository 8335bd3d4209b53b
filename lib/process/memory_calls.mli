(* SPDX-License-Identifier: ISC *)

(** The system calls about a process' memory. Answers are Linux'. *)

open Task

val mmap : process -> thread -> int -> int -> int -> int -> int -> int -> int
(** [mmap p thread hint size protection flags descriptor offset]. A private mapping of a file is a copy of what it holds now. *)

val mprotect : process -> int -> int -> int -> int
val munmap : process -> thread -> int -> int -> int
val msync : process -> thread -> int -> int -> int -> int

val write_back : process -> thread -> int -> int -> int
(** What a range has in common with files goes into them. *)

val madvise : process -> int -> int -> int -> int

val mremap : process -> thread -> int -> int -> int -> int -> int
(** [mremap p thread at size new_size flags]. *)
