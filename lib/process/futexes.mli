(* SPDX-License-Identifier: ISC *)

(** The places where a process' threads wait for each other. *)

type t

val create : unit -> t

val wait : t -> int -> expected:int -> read:(unit -> int) -> deadline:int -> stop:(unit -> bool) -> int
(** [wait t address ~expected ~read ~deadline ~stop]: sleeps until a {!wake} of the address, unless [read ()] is not
    [expected] now. The deadline is on {!Vcpu.now}'s clock; [max_int] is never. Returns 0 or an error of {!Calls}. *)

val wake : t -> int -> int -> int
(** [wake t address count]: of those that have waited longest. Returns how many there were. *)

val move : t -> int -> wake:int -> into:int -> int -> int
(** [move t a ~wake:n ~into:b m] wakes [n] of those at [a], and lets up to [m] more wait at [b]. Returns how many of both. *)

val wake_all : t -> unit
(** Everybody: the process ends. *)
