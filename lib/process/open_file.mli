(* SPDX-License-Identifier: ISC *)

(** Open files as processes have them: what descriptors are numbers of. Several descriptors, of several processes, may be of
    one open file; they have its position and its flags in common. *)

open Scheme

type kind = ..
(** What is special about one of the tender's own. *)

type kind += Plain

type operations = {
  kind : kind;
  mode : int;  (** type and permissions, as [stat] tells them *)
  read : Wait.sleeper -> nonblocking:bool -> bytes -> int -> int -> int;  (** a count or an error, as the next *)
  write : Wait.sleeper -> nonblocking:bool -> bytes -> int -> int -> int;
  ready : unit -> int;  (** bits of [poll] *)
  changed : unit -> Wait.queue list;  (** woken when [ready] may have changed *)
  close : unit -> unit;  (** nobody has it any more *)
}
(** A file of the tender's own: a pipe's end and the like. *)

type of_scheme = {
  handle : Handle.t;
  path : Path.t;  (** what it was opened by *)
  file_kind : Stat.kind;
}

type content = Own of operations | Of_scheme of of_scheme

type t = private {
  id : int;
  content : content;
  can_read : bool;
  can_write : bool;
  mutable flags : int;  (** Linux' status flags: {!nonblocking}, {!append} *)
  mutable place : int;  (** in a directory's list *)
  references : int Atomic.t;
  mutable last : unit -> unit;  (** see {!at_close} *)
}

val make : ?can_read:bool -> ?can_write:bool -> ?flags:int -> content -> t
(** Open, with one reference. *)

val of_handle : ?path:Path.t -> ?flags:int -> ?kind:Stat.kind -> Handle.t -> t
(** A scheme's open file, with the handle's rights; owns the handle. *)

val share : t -> t
(** One more reference to the same. *)

val release : t -> unit
(** One less; the last closes it. *)

val at_close : t -> (unit -> unit) -> unit
(** Has the function called when it is closed. One. *)

val set_flags : t -> int -> unit
val set_place : t -> int -> unit
val nonblocking : int
val append : int
val is_nonblocking : t -> bool
val is_stream : of_scheme -> bool

(** Bits of [poll]. *)

val poll_in : int
val poll_out : int
val poll_error : int
val poll_hang_up : int
