(* SPDX-License-Identifier: ISC *)

(** A counter that threads wait for: a futex, of Linux or of the nucleus. *)

type t

val create : unit -> t
(** A new one, at 0. *)

val read : t -> int
(** How often {!advance} has been called, modulo 2{^32}. *)

val advance : t -> unit
(** Counts, and wakes one that waits. From any thread, and in signal handlers. *)

val wait : t -> int -> until:int -> unit
(** [wait t seen ~until] waits until the counter is not [seen], or the monotonic clock not below [until] ([max_int]: never);
    perhaps less: look again. Other threads of the domain run meanwhile. Raises what signal handlers do. *)
