(* SPDX-License-Identifier: ISC *)

(** A process' memory: a space, the ranges that say what belongs where, and pages brought in when they are touched. Its
    functions may be called from all of the process' threads at once. Addresses and sizes may be any numbers: what cannot be
    is answered with an error of {!Calls}. *)

type t

val create : unit -> t
(** Raises [Out_of_memory]. *)

val copy : t -> t
(** For a fork: the same content, page by page only copied where one of the two writes. Raises [Out_of_memory]. *)

val space : t -> Space.t

val clear : t -> unit
(** The process is gone. *)

type kind = Read | Write | Fetch

val fault : t -> int -> kind -> bool
(** Brings the page of an address in; false if such an access is not allowed there, or if there is no memory. *)

(** {1 Mapping} *)

val map : t -> hint:int -> fixed:bool -> int -> Space.rights -> int
(** [map t ~hint ~fixed size rights]: zeros, at the hint if that is free or [fixed]. Returns the address or an error. *)

val map_bytes : t -> int -> int -> Space.rights -> source:string -> offset:int -> length:int -> unit
(** [map_bytes t at size rights ~source ~offset ~length]: a part of a string, and zeros behind it. For the loader: raises
    [Invalid_argument] for a range that is none. *)

val unmap : t -> int -> int -> int
val protect : t -> int -> int -> Space.rights -> int

val discard : t -> int -> int -> int
(** The next touch finds what the range began with. *)

(** {1 Access on the process' behalf} *)

val read : t -> int -> bytes -> int -> int -> bool
(** [read t at bytes first count]: false if the process may not read all of it. *)

val write : t -> int -> bytes -> int -> int -> bool
val read_int : t -> int -> int
(** A 64-bit word; [min_int] if it is not to be read, or larger than 63 bits. *)

val read_int32 : t -> int -> int
(** A 32-bit word without its sign; [min_int] if it is not to be read. *)

val read_string : t -> int -> most:int -> string option
(** Up to a NUL; [None] if it is not to be read, or longer. *)

val write_int32 : t -> int -> int -> bool
val write_int : t -> int -> int -> bool
