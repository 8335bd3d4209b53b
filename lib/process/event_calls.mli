(* SPDX-License-Identifier: ISC *)

(** The system calls that make files of the tender's own, but for pipes: [eventfd], [timerfd], [epoll], pairs of sockets.
    Answers are Linux'. *)

open Task

val eventfd : process -> int -> int -> int
val timerfd_create : process -> int -> int -> int
val timerfd_settime : process -> int -> int -> int -> int -> int
val timerfd_gettime : process -> int -> int -> int
val epoll_create : process -> int -> int
val epoll_ctl : process -> int -> int -> int -> int -> int

val epoll_wait : process -> thread -> int -> int -> int -> int -> int
(** [epoll_wait p thread descriptor at most deadline]. *)

val epoll_pwait : process -> thread -> int -> int -> int -> int -> int -> int -> int
val socketpair : process -> int -> int -> int -> int -> int
val recvfrom : process -> thread -> int -> int -> int -> int -> int -> int -> int
val sendto : process -> thread -> int -> int -> int -> int -> int -> int
val shutdown : process -> int -> int -> int
