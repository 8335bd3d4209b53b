(* SPDX-License-Identifier: ISC *)

(** The monotonic clock. *)

external now_ns : unit -> (int[@untagged]) = "picox_clock_now_boxed" "picox_clock_now" [@@noalloc]
(** Nanoseconds since some fixed moment. *)
