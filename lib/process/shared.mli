(* SPDX-License-Identifier: ISC *)

(** Memory that several processes, or several mappings, have in common: nobody's file's, or a file's. A file's pages are
    those of all who map it: they are read when somebody touches them first, and what changes in them goes into the file when somebody
    reads it, calls [msync], or takes the mapping away. Functions that answer with a [result] ask schemes and so need a scheduler. Offsets are multiples of a page's
    size, but for those of {!reload}, {!cut_off} and {!flush}. *)

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

val of_unknown_file : registry -> budget:Budget.t -> Handle.t -> (t, Error.t) result
(** Of a file of which nobody can say which one it is: with one user, and nobody finds it. *)

val any : registry -> bool

val find : registry -> service:int -> inode:int -> t option
(** Without one more. *)

val retain : t -> unit

val release : t -> unit
(** One user less; with the last the memory goes. *)

val id : t -> int
val largest : int

val is_file : t -> bool

val size : t -> int
(** [max_int] where it ends nowhere. *)

val read : t -> int -> Slice.t -> int
(** [read t offset slice] copies from there, as much as there is; zeros where nothing has been. *)

val write : t -> int -> Slice.t -> int
(** The other way; less than there is room if there is no memory. *)

(** {1 Pages}

    Each at a multiple of a page's size. *)

type answer =
  | Shown
  | Not_loaded  (** of a file: {!load} has to bring it first *)
  | Beyond_end  (** there is nothing *)
  | No_room  (** no memory, or none left in the budget *)

val share : t -> int -> into:Space.t -> int -> Space.rights -> answer
(** [share t offset ~into at rights]: that page, zeros if nothing has been there, is [into]'s at [at], too. With the right to write it may
    have changed from now on. Waits for nothing. *)

val may_change : t -> int -> bool
(** Somebody who has that page gets the right to write to it. False: it is not there any more. *)

val has_zeros : t -> int -> bool
(** Of a file: nothing but zeros is there, and no page yet. *)

val load : t -> int -> stop:int -> (unit, answer) result
(** [load t offset ~stop]: that page of the file, and perhaps some behind it, before [stop]. Asks a scheme, once for all who want it. Raises if
    the fiber is canceled. Of errors {!Beyond_end} is also one of the scheme. *)

type mapper = { forget : t -> from:int -> unit }
(** Somebody who has pages: [forget t ~from] takes away those from that offset on, copies of them, too. *)

val add_mapper : t -> mapper -> unit
(** Before it gets pages. *)

val remove_mapper : t -> mapper -> unit

(** {1 Files} *)

val is_written : t -> bool
(** Whether anybody could write to its file through it. *)

type asking = (unit -> (unit, Error.t) result) -> (unit, Error.t) result

val write_back : ?asking:asking -> t -> offset:int -> size:int -> (unit, Error.t) result
(** What may have changed, and differs, goes into the file. [asking] calls the function, for each such page. *)

val reload : t -> offset:int -> size:int -> (unit, Error.t) result
(** The file was written to otherwise there. *)

val cut_off : t -> from:int -> (unit, Error.t) result
(** The file ends there now: nobody has pages behind. *)

val flush : t -> offset:int -> size:int -> (unit, Error.t) result
(** {!write_back}, before the file is read there. *)
