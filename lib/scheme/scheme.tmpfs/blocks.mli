(* SPDX-License-Identifier: ISC *)

(** The bytes of a file, in blocks that are there only where something was written. Not thread-safe. *)

open Scheme

type t

val block : int
(** 4096 bytes. *)

val max_size : int

val create : Budget.t -> t
(** An empty file, whose blocks are taken from the budget of bytes. *)

val size : t -> int
val allocated : t -> int

val read : t -> int -> Slice.t -> int
(** [read t at into] copies what is there from [at] on; holes are zeros. *)

val write : t -> int -> Slice.t -> (int, Error.t) result
(** [write t at from] writes as much as there is room for, at least one byte, and extends the file. Error: [No_space],
    [Too_large]. *)

val truncate : t -> int -> (unit, Error.t) result
(** Gives it that size. Error: [Too_large]. *)

val map : t -> int -> int -> (Slice.t, Error.t) result
(** [map t offset length] is that part of the file itself. [offset] is a multiple of {!block}, and the end within the file's
    last block; the memory behind the file's end is not the file's. What is mapped stays allocated until {!clear}. Error:
    [Invalid]; [Busy] if a part is mapped with another beginning or end already; [No_space]. *)

val clear : t -> unit
(** Gives all blocks back. *)
