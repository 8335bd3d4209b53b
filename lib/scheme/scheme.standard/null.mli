(* SPDX-License-Identifier: ISC *)

(** The schemes [null], [zero] and [rand]: one file each, their root. *)

val null : Scheme.Service.t
(** Reads as empty; takes all that is written. *)

val zero : Scheme.Service.t
(** Reads as zeros without end; takes all that is written. *)

val rand : ?source:(bytes -> unit) -> unit -> Scheme.Service.t
(** Reads as random bytes without end, which [source] fills in (default: the system's generator, [/dev/urandom]).
    What is written is ignored. *)
