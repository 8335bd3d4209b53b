(* SPDX-License-Identifier: ISC *)

(** Lock-free hash tables with one binding for each key.

    All operations are linearizable, the snapshots too; looking up a key is wait-free. Values are compared physically. *)

type (!'k, !'v) t

type 'k hashed_type = (module Stdlib.Hashtbl.HashedType with type t = 'k)

val create : ?hashed_type:'k hashed_type -> ?min_buckets:int -> ?max_buckets:int -> unit -> ('k, 'v) t
(** An empty table. Keys are compared and hashed by [hashed_type], by default by [( = )] and a seeded
    [Hashtbl.seeded_hash]. The number of buckets is a power of two between [min_buckets] (default 16) and [max_buckets]
    (default 2{^30}), both rounded up, or down if they are absurd. *)

val hashed_type_of : ('k, 'v) t -> 'k hashed_type
(** How keys are compared and hashed. *)

val min_buckets_of : ('k, 'v) t -> int
(** The least number of buckets, rounded. *)

val max_buckets_of : ('k, 'v) t -> int
(** The greatest number of buckets, rounded. *)

val copy : ('k, 'v) t -> ('k, 'v) t
(** A new table with the bindings of one moment. Linear time. *)

(** {1 One key} *)

val find_exn : ('k, 'v) t -> 'k -> 'v
(** The value of the key.
    @raise Not_found if it has none. *)

val mem : ('k, 'v) t -> 'k -> bool
(** Whether the key has a value. *)

val try_add : ('k, 'v) t -> 'k -> 'v -> bool
(** Binds the key if it has no value: [true]. *)

val try_set : ('k, 'v) t -> 'k -> 'v -> bool
(** Replaces the value of the key if it has one: [true]. *)

val try_compare_and_set : ('k, 'v) t -> 'k -> 'v -> 'v -> bool
(** [try_compare_and_set t key before after] replaces the value of the key if it is [before]: [true]. *)

val set_exn : ('k, 'v) t -> 'k -> 'v -> 'v
(** Replaces the value of the key, and is the one from before.
    @raise Not_found if there was none; nothing is bound then. *)

val try_remove : ('k, 'v) t -> 'k -> bool
(** Removes the binding of the key if there is one: [true]. *)

val try_compare_and_remove : ('k, 'v) t -> 'k -> 'v -> bool
(** Removes the binding of the key if its value is that one: [true]. *)

val remove_exn : ('k, 'v) t -> 'k -> 'v
(** Removes the binding of the key, and is the value.
    @raise Not_found if there was none. *)

(** {1 All keys} *)

val to_seq : ('k, 'v) t -> ('k * 'v) Seq.t
(** The bindings of one moment, that of the call. Linear time. *)

val remove_all : ('k, 'v) t -> ('k * 'v) Seq.t
(** Removes all bindings at one moment; these. Linear time. *)

val find_random_exn : ('k, 'v) t -> 'k
(** Some key, at random though not evenly. Constant time, expected; linear time in a nearly empty table.
    @raise Not_found if the table is empty. *)

val non_linearizable_length : ('k, 'v) t -> int
(** About the number of bindings: operations under way may be counted or not, so that it may even be negative. *)
