(* SPDX-License-Identifier: ISC *)

(** Address spaces of processes: pages of memory at addresses of user mode. Memory has no other name than a space and an
    address in it, so nothing that is done here can reach what belongs to others.

    Ranges are whole pages between {!lowest} and {!limit}; any other, like rights that are none, raises
    [Invalid_argument], and so does a page asked for in a space that was cleared. All functions may be called from several
    domains at once. *)

type t

type rights = private int
(** Of a page. What may be written or executed may be read; nothing may be written {e and} executed. *)

val none : rights
(** The page keeps its content. *)

val read : rights
val read_write : rights
val read_execute : rights

val page_size : int
val lowest : int

val limit : int
(** The first address behind user mode's. *)

val is_supported : bool
(** Whether there are spaces at all: on the bare machine. *)

val create : unit -> t
(** An empty space. Raises [Out_of_memory], and [Failure] where {!is_supported} is false. It goes with the last reference,
    and with {!clear}. *)

val clear : t -> unit
(** Takes all pages away, for good. *)

type answer =
  | Done
  | No_memory  (** over the machine's limit; nothing was changed *)
  | Page_exists  (** where one was to be mapped; nothing was changed *)
  | No_page

val map : t -> int -> pages:int -> rights -> answer
(** Fresh pages of zeros. If a page is there already, none; if there is no memory, perhaps the first of them. *)

val share : t -> int -> into:t -> int -> pages:int -> rights -> answer
(** [share a from ~into:b to_ ~pages rights]: what [a] has in a range, [b] has there too. Holes stay holes. *)

val protect : t -> int -> pages:int -> rights -> unit
(** Gives the pages that are in the range other rights. *)

val unmap : t -> int -> pages:int -> unit
(** Takes away the pages that are in the range. *)

val unshare : t -> int -> rights -> answer
(** Makes a page the space's own, by a copy if others have it too, and gives it [rights]. *)

type page = { rights : rights; shared : bool  (** others have its memory too *) }

val query : t -> int -> page option

val next : t -> int -> pages:int -> int option
(** The first page that is there, of so many in a row; what is not there costs nothing. *)

val copy_in : t -> int -> bytes -> int -> int -> int
(** [copy_in t at bytes first count] copies from the space into [bytes], and returns how many bytes went before one that the
    process itself may not read. The address may be any. Raises [Invalid_argument] if the range is none of [bytes]. *)

val copy_out : t -> int -> bytes -> int -> int -> int
(** The other way: before one that the process may not write. *)

val copy_string_out : t -> int -> string -> int -> int -> int

type data = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

val copy_in_data : t -> int -> data -> int -> int -> int
val copy_out_data : t -> int -> data -> int -> int -> int
(** The same two for memory outside of the heap. *)

val pages : t -> int
(** How many it holds. *)

val tables : t -> int
(** How many frames its page table takes. *)

val machine : int
(** ELF's number of this machine's architecture. *)
