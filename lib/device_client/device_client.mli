(* SPDX-License-Identifier: ISC *)

(** A device that a server was handed ([devices] in its manifest), for the server: a pair of data stacks and buffers in memory that it has in common with
    the kernel. [lib/devices/devices.handed] tells what is in there. A value is for one thread at a time. *)

type t

val connect : string -> t
(** By its name, as in the manifest: ["net/virtio0"], ["disk/virtio1p2"].
    @raise Unix.Unix_error [ENOENT] if it was not handed over, [EBUSY] if somebody has it open. *)

val close : t -> unit

type kind = Net of { mac : string;  (** 6 bytes *) mtu : int } | Disk of { blocks : int;  (** of 4096 bytes *) read_only : bool }

val kind : t -> kind

(** {1 Items} *)

type item = {
  request : int;  (** {!send} and so on *)
  token : int;  (** of disks: the first block *)
  buffer : int;
  length : int;  (** of what is in the buffer, or the error's number *)
  failed : bool;  (** of answers *)
}

val send : int
val receive : int
val read : int
val write : int
val flush : int

val put : t -> item -> bool
(** Requests it: false if there is no room. The buffer is the kernel's until the answer. To be announced. *)

val announce : t -> unit
(** Tells of all that was put, and of answers that were taken. *)

val get : t -> item option
(** An answer. *)

val await : t -> unit
(** Waits until there may be answers.
    @raise Unix.Unix_error [EIO] if the device is no more this program's: it has broken a rule. *)

val descriptor : t -> Unix.file_descr
(** Readable when {!await} would not wait. *)

(** {1 Buffers} *)

val buffers : t -> int
val buffer_size : t -> int
val memory : t -> int -> (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t
(** Of the buffer of that number. *)

(** {1 One request after the other} *)

exception Failed of int
(** With the error's number. *)

val call : t -> request:int -> token:int -> buffer:int -> length:int -> int
(** Puts it, waits for the answer, and is its length. Not while there are others.
    @raise Failed *)
