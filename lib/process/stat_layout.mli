(* SPDX-License-Identifier: ISC *)

(** What calls tell of files, as Linux lays it out. Spec: [linux/uapi "asm/stat.h", "linux/stat.h"] *)

open Scheme

type t

val of_stat : scheme:string -> Stat.t -> t
(** Schemes know neither owners nor permissions: all is user 0's, who may do everything but write what is read only. *)

val of_own : id:int -> mode:int -> t
(** One of the tender's own. *)

val stat : t -> bytes
val statx : t -> bytes

val statfs : unit -> bytes
(** The same of all: what a scheme has left, none tells. *)

(** {1 Modes} *)

val type_mask : int
val directory : int

(** {1 Directories} *)

val entry_size : string -> int
val set_entry : bytes -> int -> inode:int -> next:int -> kind:Stat.kind -> string -> unit
(** An entry of [getdents64]; [next]: the place behind it. *)
