(* SPDX-License-Identifier: ISC *)

(** A timer that goes off at a moment, and again and again after that. *)

type t

val create : expire:(unit -> unit) -> t
(** [expire] is called in any thread; it must be quick, and not wait. *)

val set : t -> due:int -> interval:int -> int * int
(** The first time on {!Vcpu.now}'s clock, 0 for never; then each [interval] ns, unless that is 0. Returns what {!get} was. *)

val get : t -> int * int
(** The time left until it goes off (0: it will not), and the interval. *)

val close : t -> unit
(** It never goes off again. *)
