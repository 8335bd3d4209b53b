(* SPDX-License-Identifier: ISC *)

(** What processes have used, as [struct rusage] tells it. The time is that of the tender's threads: user mode and calls are not told
    apart, and count as user mode. Spec: [linux/uapi "linux/resource.h"] *)

open Task

type t = { ns : int; peak_pages : int }

val of_process : process -> t
val of_children : process -> t
(** Of those that it has waited for. *)

val of_ended : process -> t
(** Of one that is gone, and of its children. *)

val of_thread : thread -> t
val encode : t -> bytes
