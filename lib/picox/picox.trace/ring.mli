(* SPDX-License-Identifier: ISC *)

(** Rings of events, one for each place that a domain can have, in C ([ring.c]). *)

external put : (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "picox_trace_put_boxed" "picox_trace_put"
[@@noalloc]
(** [put code a b] writes an event of this domain. [1]: it is time to read what the collector says. *)

external collected : unit -> bool = "picox_trace_collected" [@@noalloc]
(** Whether the collector has run since this or {!put} last said so. *)

external set_size : int -> unit = "picox_trace_set_size" [@@noalloc]
(** Events of each ring that is made from now on, a power of two. *)

external ticks : unit -> (int[@untagged]) = "picox_trace_ticks_boxed" "picox_trace_ticks" [@@noalloc]
(** The clock of the events. *)

(** {1 What was written} *)

external slots : unit -> int = "picox_trace_slots" [@@noalloc]
(** How many rings there may be. *)

external count : int -> int = "picox_trace_count" [@@noalloc]
(** How many events were ever written to a ring. *)

external lost : int -> int = "picox_trace_lost" [@@noalloc]
(** How many of them are not in it any more. *)

val iter : int -> (ticks:int -> code:int -> int -> int -> unit) -> unit
(** All that are there, the oldest first. *)
