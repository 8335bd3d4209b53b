(* SPDX-License-Identifier: ISC *)

(** Memory that several processes, or several mappings, have in common: nobody's file's, or a file's. A file's pages are
    those of all who map it; what changes in them goes into the file when somebody reads it, calls [msync], or takes the mapping
    away. Functions that answer with a [result] ask schemes and so need a scheduler. Offsets are multiples of a page's
    size, but for those of {!reload} and {!flush}. *)

open Scheme

type t

type registry
(** Those of files that are mapped now. *)

val registry : unit -> registry

val anonymous : registry -> budget:Budget.t -> t
(** With one user. Its pages are charged to the budget, as long as they are there. Raises [Out_of_memory]. *)

val named : registry -> service:int -> inode:int -> size:int -> finish:(unit -> unit) -> t
(** Memory of that many bytes with one user, which {!find} and {!of_file} know as that file. [finish] is called when
    the last user is gone. *)

val of_file :
  registry -> budget:Budget.t -> service:int -> inode:int -> write:bool -> Handle.t -> (t, Error.t) result
(** With one user more. The budget is that of who maps it first. [service] ([Handle.service]) and [inode] say which file it is; neither may be 0. *)

val any : registry -> bool

val find : registry -> service:int -> inode:int -> t option
(** Without one more. *)

val retain : t -> unit

val release : t -> unit
(** One user less; with the last the memory goes. *)

val id : t -> int
val largest : int

val size : t -> int
(** [max_int] where it ends nowhere. *)

val read : t -> int -> Slice.t -> int
(** [read t offset slice] copies from there, as much as there is; zeros where nothing has been. *)

val write : t -> int -> Slice.t -> int
(** The other way; less than there is room if there is no memory. *)

val share : t -> int -> into:Space.t -> int -> Space.rights -> bool
(** [share t offset ~into at rights]: that page, zeros if nothing has been there, is [into]'s at [at], too. False: there is no memory. *)

val is_written : t -> bool
val load : t -> offset:int -> size:int -> (unit, Error.t) result
(** Before a part of a file is mapped. *)

val fill : t -> Handle.t -> from:int -> size:int -> (unit, Error.t) result
(** [fill t handle ~from ~size]: anonymous memory begins with what a file holds now, from a place in it on. *)

val has_page : t -> int -> bool
(** Whether something has been at that offset. *)

type asking = (unit -> (unit, Error.t) result) -> (unit, Error.t) result

val write_back : ?asking:asking -> t -> offset:int -> size:int -> (unit, Error.t) result
(** What has changed goes into the file. [asking] calls the function, for each page. *)

val reload : t -> offset:int -> size:int -> (unit, Error.t) result
(** The file was written to otherwise there. *)

val cut_off : t -> from:int -> (unit, Error.t) result
(** The file ends there now. *)

val flush : t -> offset:int -> size:int -> (unit, Error.t) result
(** {!write_back}, before the file is read there. *)
