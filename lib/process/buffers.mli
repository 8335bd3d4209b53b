(* SPDX-License-Identifier: ISC *)

(** Buffers of threads that have ended, for those that come: they are memory outside of the heap, which the collector would let lie. *)

open Scheme

val take : int -> Slice.t
(** Of that size, always the same; all zeros. *)

val give_back : Slice.t -> unit

val drop : unit -> unit
(** Forgets those that are kept. *)
