(* SPDX-License-Identifier: ISC *)

(** The limit on the CPU time of a process: [SIGXCPU] at the soft one, and each second after that, [SIGKILL] at the hard one.
    Spec: [linux/uapi "asm/resource.h"] *)

open Task

val watch : process -> unit
(** To be called when the limit has changed, without the system's lock. One that has none costs nothing. *)

val close : process -> unit
(** The process is gone: before it says so. *)
