(* SPDX-License-Identifier: ISC *)

(** A timer that goes off at a moment of a clock, and again and again after that. *)

type clock = {
  now : unit -> int;  (** in ns; called under the timer's lock *)
  pace : int;  (** at most so many of its ns pass in one of the machine's *)
}

type t

val create : ?clock:clock -> expire:(unit -> unit) -> unit -> t
(** By {!Vcpu.now}'s clock, if none is given. By another it goes off some milliseconds late, up to 32 after that has stood still,
    and never early. [expire] is called in any thread; it must be quick, and not wait. *)

val now : t -> int
(** On its clock. *)

val set : t -> due:int -> interval:int -> int * int
(** The first time on its clock, 0 for never; then each [interval] ns, unless that is 0. Returns what {!get} was. *)

val get : t -> int * int
(** The time left until it goes off (0: it will not), and the interval. *)

val close : t -> unit
(** It never goes off again. *)
