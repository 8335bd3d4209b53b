(* SPDX-License-Identifier: ISC *)

(** The handles of a process, by numbers: what crosses the boundary to code that is not trusted.

    A number names a handle of this table only, and never again another one: when a handle is removed, its number is dead,
    although its place is used anew. *)

type t

val create : ?places:int -> unit -> t
(** A table for so many handles at once (default: 1024, at most 2{^20}). *)

val add : t -> Handle.t -> (int, Error.t) result
(** The table owns the handle from now on. Error: [Too_many_handles], and the handle is still the caller's. *)

val find : t -> int -> (Handle.t, Error.t) result
(** Error: [Bad_handle], for any number that is not one of the table's. *)

val remove : t -> int -> (Handle.t, Error.t) result
(** Takes it out; the caller owns the handle. *)

val close : t -> int -> (unit, Error.t) result
val count : t -> int

val close_all : t -> unit
(** Closes all; then nothing can be added any more ([Too_many_handles]). *)
