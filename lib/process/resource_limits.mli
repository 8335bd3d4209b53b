(* SPDX-License-Identifier: ISC *)

(** What a process may set lower for itself, and for those that it forks: the limits of [setrlimit]. They are beside its tree's
    budgets, which they tell of at first, and which nothing raises. Nobody has the right to raise a hard one.
    Spec: [linux/uapi "asm/resource.h"] *)

type limit = { soft : int; hard : int }  (** [max_int]: none *)

type t

val create : Limits.t -> t
(** Of a process that may use that. *)

val copy : t -> t

(** {1 Which}

    Those that are kept to. The others are only remembered. *)

val cpu : int
(** Seconds of CPU time: {!Cpu_limit}. *)

val file_size : int
(** Of a file that is written to, or made longer. *)

val data : int
(** Bytes of private mappings that may be written, but for the stack, when there are to be more; the break is of these. *)

val stack : int
(** Bytes of the stack of the next program that is executed. *)

val tasks : int
(** Of the whole tree, when one more is to begin. *)

val files : int
(** The first number that no descriptor has. *)

val address_space : int
(** Bytes of all mappings, when one more is made. *)

val is_known : int -> bool
val get : t -> int -> limit
val soft : t -> int -> int

val set : t -> int -> limit -> int
(** 0, or an error: the soft one is above the hard one, or that one is raised. *)

val put_off : t -> int -> unit
(** The soft one is one more. *)

(** {1 [struct rlimit]} *)

val size : int
val is_ordered : bytes -> bool
(** The soft one is not above the hard one. *)

val decode : bytes -> limit
val encode : limit -> bytes
