(* SPDX-License-Identifier: ISC *)

(** The places where a process' threads wait for each other. *)

type t

val create : unit -> t
val all_bits : int

val wait : t -> Wait.sleeper -> int -> bits:int -> expected:int -> read:(unit -> int) -> deadline:int -> int
(** Sleeps until a {!wake} of the address with one of the bits, unless [read ()] is not [expected] now. The deadline is on
    {!Vcpu.now}'s clock; [max_int] is never. Returns 0 or an error of {!Errno}. *)

val wake : t -> int -> bits:int -> int -> int
(** [wake t address ~bits count]: of those that have waited longest. Returns how many there were. *)

val move : t -> int -> ?expected:int -> read:(unit -> int) -> wake:int -> into:t * int -> int -> int
(** [move t a ~expected ~read ~wake:n ~into:(u, b) m] wakes [n] of those at [a], and lets up to [m] more wait at [b] of [u], which may be
    another table; nobody if [read ()] is not [expected], where that is given, at that moment. Returns how many of both, or an error. *)
