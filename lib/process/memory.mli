(* SPDX-License-Identifier: ISC *)

(** A process' memory: a space, the ranges that say what belongs where, and pages brought in when they are touched. Its
    functions may be called from all of the process' threads at once. Addresses and sizes may be any numbers: what cannot be
    is answered with an error of {!Errno}.

    What touches pages may have to read a file, and then the thread's fiber waits for a scheme. So it is not to be done under a lock, nor
    outside of such a fiber, but by what is called {e now}. *)

open Scheme

type t

val create : Budget.t -> t
(** Its pages are charged to the budget. Raises [Out_of_memory]. *)

val copy : t -> t
(** For a fork: the same content, page by page only copied where one of the two writes. Raises [Out_of_memory]. *)

val space : t -> Space.t

val lend : t -> t
(** The same, for one more process. *)

val is_lent : t -> bool
(** Whether another process has it, too. *)

val clear : t -> unit
(** The process is gone, or has another memory. With the last one all that is in it goes. *)

type kind = Read | Write | Fetch

type outcome =
  | Resolved
  | Denied  (** such an access is not allowed there *)
  | No_memory  (** the machine, or the budget, has none left *)
  | No_file  (** its file has nothing there, or cannot be read *)
  | Canceled  (** the thread is to end, and did not wait until it was read *)

val fault : t -> int -> kind -> outcome
(** Brings the page of an address in. *)

(** {1 Mapping} *)

type placing =
  | Hint  (** there if it is free, else elsewhere *)
  | Fixed  (** there, whatever is there *)
  | Fixed_if_free  (** else [EEXIST] *)

val map : t -> hint:int -> placing:placing -> ?source:string -> int -> Space.rights -> int
(** [map t ~hint ~placing ~source size rights]: the source (default: nothing), and zeros behind it. Returns the address or an
    error. *)

val map_shared :
  t -> hint:int -> placing:placing -> Shared.t -> offset:int -> may_write:bool -> int -> Space.rights -> int
(** The same of memory that others have, too; owns one of its users, unless it answers with an error. *)

val map_copied : t -> hint:int -> placing:placing -> Shared.t -> offset:int -> int -> Space.rights -> int
(** The same of a copy of it, page by page made when the process writes there: until then it shows what others write. *)

val shared_parts : t -> int -> int -> (Shared.t * int * int) list
(** What of a range is of such memory, and not copied: offset and size. *)

val written_parts : t -> (Shared.t * int * int) list
(** All that it has in common with files and may have changed. One user each more, which the caller gives up. *)

val shared_place : t -> int -> (Shared.t * int) option
(** Where in such memory an address is. *)

val remap : t -> int -> int -> int -> may_move:bool -> int
(** [remap t at size new_size ~may_move] gives a mapping another size. *)

val set_break : t -> int -> unit
(** Where the break begins. *)

val fits : t -> int -> bool
(** Whether the budget has room for so many bytes now. What nobody touches is not charged, so this only refuses what cannot
    be. *)

val pages : t -> int
(** What is charged for it: pages of its own, and tables. *)

val peak_pages : t -> int

val size : t -> int
(** Bytes in ranges. *)

val set_most : t -> all:int -> data:int -> unit
(** They shall not become more than so many, nor those of private ranges that may be written, but for the stack; what is there
    already stays. *)

val keeps_limits : t -> bool
(** Whether what is there, but for the stack, is no more than that. *)

val set_stack : t -> int -> int -> unit
(** Where it is, and its size. *)

val ranges : t -> Regions.range list

val move_break : t -> int -> int
(** The break, then: the new one, or, if it cannot be moved there, the old one. *)

val map_source : t -> int -> int -> Space.rights -> source:Source.t -> offset:int -> length:int -> unit
(** [map_source t at size rights ~source ~offset ~length]: a part of a source, from a multiple of a page's size on, and zeros behind it. For the loader: raises
    [Invalid_argument] for a range that is none, and [Out_of_memory]: what is the process' alone is charged, once for all who are forked. *)

val unmap : t -> int -> int -> int
val protect : t -> int -> int -> Space.rights -> int

val discard : t -> int -> int -> int
(** The next touch finds what the range began with. *)

val is_covered : t -> int -> int -> bool
(** Whether all of a range is mapped. *)

val iter_ranges : t -> (int -> int -> Space.rights -> unit) -> unit
(** [iter_ranges t f]: [f start stop rights] of all that is mapped now, from below. *)

val is_mapped : t -> int -> bool

val sigreturn_code : t -> int
(** Where the code is by which handlers return. *)

val set_sigreturn_code : t -> int -> unit

(** {1 Access on the process' behalf} *)

val read : t -> int -> bytes -> int -> int -> bool
(** [read t at bytes first count]: false if the process may not read all of it. *)

val write : t -> int -> bytes -> int -> int -> bool
val read_int : t -> int -> int
(** A 64-bit word; [min_int] if it is not to be read, or larger than 63 bits. *)

val read_int32 : t -> int -> int
(** A 32-bit word without its sign; [min_int] if it is not to be read. *)

(** The following tell how much went before what the process may not touch. *)

val read_some : t -> int -> bytes -> int -> int -> int
val write_some : t -> int -> bytes -> int -> int -> int
val read_data_some : t -> int -> Space.data -> int -> int -> int
val write_data_some : t -> int -> Space.data -> int -> int -> int

val read_string : t -> int -> most:int -> (string, [ `Fault | `Long ]) result
(** Up to a NUL. *)

val write_int32 : t -> int -> int -> bool

val read_int32_now : t -> int -> int
val write_int32_now : t -> int -> int -> bool
(** The same two without ever waiting: they fail where a page would have to be read from a file. *)

val write_int : t -> int -> int -> bool
