(* SPDX-License-Identifier: ISC *)

(** The C++ file system as it is: calls that block, one at a time. {!Volume} makes of it something for fibers. *)

type bytes = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

val is_supported : unit -> bool
(** Whether the file system is in this program: it comes with the final link of [bactrian]. *)

val describe : int -> string
(** An error in a few words. *)

val error : int -> Scheme.Error.t
(** The same for the clients of a scheme; not of 0. *)

(** What is asked for, and what is answered; see volume.h, whose names these are. *)
type request = {
  mutable operation : int;
  mutable flags : int;
  mutable path : string;
  mutable second : string;
  mutable node : int;
  mutable offset : int;
  mutable length : int;
  mutable accessed_ns : int;
  mutable modified_ns : int;
  mutable error : int;
  mutable link : int;
  mutable link_at : int;
  mutable answer : int;
  mutable mode : int;
  mutable links : int;
  mutable size : int;
  mutable blocks : int;
  mutable changed_ns : int;
}

val empty : unit -> request

module Operation : sig
  val open_ : int
  val stat_path : int
  val make_directory : int
  val unlink : int
  val remove_directory : int
  val rename : int
  val link : int
  val symbolic_link : int
  val read_link : int
  val read : int
  val write : int
  val append : int
  val stat : int
  val list : int
  val truncate : int
  val set_times : int
  val drop : int
  val sync : int
  val usage : int
end

module Flag : sig
  val follow : int
  val create : int
  val exclusive : int
  val clear : int
  val directory : int
  val changes : int
  val replace : int
  val accessed : int
  val modified : int
end

(** {1 Calls} *)

type t

val prepare : transfer:(int -> int -> int -> bool) -> buffer:Machine.Dma.t -> blocks:int -> t
(** For a device of so many blocks. [transfer operation first count] is to read [count] blocks into [buffer] (operation 0),
    to write them from there (1), or to wait for all writes (2), and tells whether it has. It is called from within the
    calls below, and may block its thread. *)

val open_ : t -> writable:bool -> password:string -> int
(** An error, or 0. *)

val format : t -> password:string -> int
(** The same. *)

val perform : t -> request -> bytes -> unit
(** After {!open_}. [bytes] is what volume.h calls data. *)

val close : t -> unit
(** The last call. *)
