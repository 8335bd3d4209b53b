(* SPDX-License-Identifier: ISC *)

(** Open files, as their users have them. A handle is made by {!Namespace.open_}, received in a message, or made from a
    handle that one has; nothing else is one.

    Unless it says otherwise, a function needs a scheduler, may wait, and raises only if the fiber is canceled meanwhile.
    It answers [Bad_handle] if the handle is closed, before or while it waits, and [Access] if the handle has not the right
    that it needs. *)

type t

type file = t Request.file
type message = t Request.message

(** {1 Reading and writing} *)

type within = { fiber : Picos.Fiber.t; computation : unit Picos.Computation.t }
(** The calling fiber, and its computation, if that is of nothing but one request: such a computation is canceled itself when
    the handle is closed meanwhile, and need not be asked for. *)

val read : ?within:within -> t -> Slice.t -> (int, Error.t) result
(** Reads up to so many bytes from where the handle stands; 0 at the end. *)

val write : ?within:within -> t -> Slice.t -> (int, Error.t) result
(** Writes some of the bytes where the handle stands; at the end, if it appends. *)

val read_at : t -> int -> Slice.t -> (int, Error.t) result
val write_at : t -> int -> Slice.t -> (int, Error.t) result
(** At a position, without moving. Error: [Not_seekable], [Invalid] if it is negative. *)

type origin = Start | Here | From_end

val seek : t -> origin -> int -> (int, Error.t) result
(** Moves, and answers the new position. Error: [Not_seekable]; [Invalid] if it would be negative. *)

val write_all : t -> Slice.t -> (unit, Error.t) result
val write_string : t -> string -> (unit, Error.t) result
(** Write all. *)

val read_all : ?most:int -> t -> (string, Error.t) result
(** All up to the end. Error: [Too_large] if that is more than [most] (default: 64 MiB). *)

(** {1 Other requests} *)

val stat : t -> (Stat.t, Error.t) result
val list : t -> (Stat.entry list, Error.t) result
(** All entries of a directory. *)

val truncate : t -> int -> (unit, Error.t) result
val set_times : ?accessed_ns:int -> ?modified_ns:int -> t -> (unit, Error.t) result
val sync : t -> (unit, Error.t) result
val map : ?write:bool -> t -> offset:int -> length:int -> (Slice.t, Error.t) result
(** The file's own memory. Error: [Unsupported] also if it is a part of another file's, for which {!request} is. *)

val event : t -> Request.interest -> (Request.ready, Error.t) result
val call : t -> message -> (message, Error.t) result
(** The handles in the message belong to the receiver, whatever the answer; those in the answer to the caller,
    and count in the budget of this handle: if they do not all fit they are closed, and the text comes alone. *)

val request : ?within:within -> t -> (t, 'a) Request.t -> ('a, Error.t) result
(** Any of them ([Close]: {!close}). *)

(** {1 Its life} *)

val close : t -> unit
(** Requests under way that can wait for long (those of streams, {!event} and {!call}) then answer [Bad_handle]. The file is closed when all handles of it are, and no request is
    under way. Idempotent; does not wait and does not raise. *)

val is_closed : t -> bool

val dup : ?budget:Budget.t -> t -> (t, Error.t) result
(** One more handle of the same open file, that stands where this one stands. Error: [Too_many_handles]. *)

val restrict : ?read:bool -> ?write:bool -> ?budget:Budget.t -> t -> (t, Error.t) result
(** {!dup} without the rights that are [false]. There is no way back. *)

val can_read : t -> bool
val can_write : t -> bool

val is_seekable : t -> bool

val using : t -> (t -> 'a) -> 'a
(** Closes the handle after the function. *)

(** {1 For servers and namespaces} *)

val service : t -> int
(** [Service.number] of the scheme that has opened the file, whatever links led there; 0 where that is not known. Together with the
    file's number it says which file that is, as far as the scheme is to be trusted. *)

val kind : t -> Stat.kind option
(** Of the file, if somebody has found out. *)

val know_kind : t -> Stat.kind -> unit
(** For who has found out: whoever gets a copy knows it too, without asking the scheme. *)

val reopen : read:bool -> write:bool -> append:bool -> budget:Budget.t -> t -> (t, Error.t) result
(** One more opening of the same file, with a position of its own, and with rights of the handle's. Error: [Too_many_handles]. *)

val make : ?read:bool -> ?write:bool -> ?append:bool -> ?service:int -> ?budget:Budget.t -> file -> (t, Error.t) result
(** The first handle of an open file; it counts as one in the budget. [read], [write] are [true] by default.
    Error: [Too_many_handles], and the file is closed. *)
