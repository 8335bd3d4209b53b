(* SPDX-License-Identifier: ISC *)

(** Who has a device: while somebody has it to himself, others do not. A disk and its partitions exclude each other. *)

type t

val create : unit -> t

val part : t -> int -> t
(** Of a partition of that disk, from 0; the same each time. *)

val take : t -> bool
(** False: somebody has it, or a part of it, or what it is a part of. *)

val give_back : t -> unit

val is_taken : t -> bool
(** By such a one; for those that only want to use it. *)
