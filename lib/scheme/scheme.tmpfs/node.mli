(* SPDX-License-Identifier: ISC *)

(** What a tree in memory is made of. Not thread-safe. *)

open Scheme

type t = {
  id : int;
  content : content;
  mutable links : int;  (** names; of a directory: 0 when it is removed *)
  mutable opened : int;  (** open files *)
  mutable accessed_ns : int;
  mutable modified_ns : int;
  mutable changed_ns : int;
  created_ns : int;
}

and content = File of Blocks.t | Directory of directory | Link of string
and directory

val make : id:int -> now_ns:int -> content -> t
(** One that has no name yet. *)

val kind : t -> Stat.kind
val stat : t -> Stat.t

(** {1 Directories} *)

val empty : unit -> directory
val is_empty : directory -> bool
val find : directory -> string -> t option

val put : directory -> string -> t -> unit
(** Gives the node that name, in the place of what had it. *)

val remove : directory -> string -> unit

val entries : directory -> from:int -> most:int -> (Stat.entry * int) list
(** Those behind the place [from], in the order in which they came, each with its place. *)
