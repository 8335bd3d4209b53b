(* SPDX-License-Identifier: ISC *)

(** How system calls read their arguments, and write their results. Addresses are the process', and may be any numbers. *)

open Task

val int32 : int -> int
(** An argument that C calls an [int]: its lower half, with a sign. *)

val ok_or_fault : bool -> int -> int
(** The result, or that an address is bad. *)

val put : process -> int -> bytes -> bool
val put_zeros : process -> int -> int -> bool
(** [put_zeros p at count]; at 0 there is nothing to do. *)

(** {1 Times}

    In nanoseconds; errors are negative. *)

val put_time : process -> int -> int -> bool
(** As [struct timespec]. *)

val put_time_us : process -> int -> int -> bool
(** As [struct timeval]. *)

val set_pair : bytes -> int -> int -> unit_ns:int -> unit
val get_time : process -> int -> int
val get_time_us : process -> int -> int

(** {1 Texts} *)

val get_text : process -> int -> most:int -> (string, int) result
val get_path : process -> int -> (string, int) result
