(* SPDX-License-Identifier: ISC *)

(** What a request can fail with. *)

type t =
  | Access  (** the handle or the namespace does not permit it *)
  | Bad_handle  (** closed, or no handle *)
  | Broken_pipe  (** nobody reads any more *)
  | Busy
  | Cross_device  (** two paths in two schemes *)
  | Exists
  | Invalid  (** an argument makes no sense *)
  | Io  (** the device has failed, or what it holds is damaged *)
  | Is_directory
  | Name_too_long
  | Not_directory
  | Not_empty
  | Not_found
  | No_memory  (** a budget of memory is spent *)
  | No_space
  | Not_seekable
  | Out_of_range  (** a number cannot be represented *)
  | Read_only
  | Server_gone  (** the server of the scheme has ended; what it was asked may be done or not *)
  | Timed_out
  | Too_large
  | Too_many_handles  (** a budget of handles is spent *)
  | Too_many_links
  | Unsupported  (** the scheme has no such request *)
  | Would_block

val all : t list

val to_string : t -> string
(** A short text for people: ["no such file"]. *)

val errno : t -> int
(** Linux' number of it; no two have the same. *)

val of_errno : int -> t option
(** The inverse. *)
