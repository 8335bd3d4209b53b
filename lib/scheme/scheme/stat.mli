(* SPDX-License-Identifier: ISC *)

(** What is known of a file. *)

type kind =
  | File
  | Directory
  | Link  (** a symbolic one *)
  | Stream  (** has no positions: a pipe, a console *)
  | Event_set  (** of the scheme [event] *)

type t = {
  kind : kind;
  id : int;  (** of the file, in its scheme *)
  size : int;  (** bytes *)
  allocated : int;  (** bytes of memory or disk *)
  links : int;  (** names that it has *)
  read_only : bool;
  accessed_ns : int;  (** times are since 1970 *)
  modified_ns : int;
  changed_ns : int;
  created_ns : int;
  lends : bool;  (** it answers [Map] with a part of another file *)
}

type entry = { name : string; kind : kind; id : int }
(** Of a directory. *)

val make : ?size:int -> ?id:int -> ?read_only:bool -> ?lends:bool -> kind -> t
(** One without times, with one link. *)
