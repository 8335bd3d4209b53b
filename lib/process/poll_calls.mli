(* SPDX-License-Identifier: ISC *)

(** The system calls that wait for several descriptors. Answers are Linux'. *)

open Task

val deadline_ms : int -> int
(** That many milliseconds from now; never, if negative. *)

val poll : process -> thread -> int -> int -> int -> int
(** [poll p thread at count deadline]. *)

val ppoll : process -> thread -> int -> int -> int -> int -> int -> int

val select_us : process -> thread -> int -> int -> int -> int -> int -> int
(** [select], whose time is a [struct timeval]. *)

val pselect6 : process -> thread -> int -> int -> int -> int -> int -> int -> int

val masked : process -> thread -> int -> int -> (unit -> int) -> int
(** [masked p thread set size f]: with those signals blocked while it waits. *)
