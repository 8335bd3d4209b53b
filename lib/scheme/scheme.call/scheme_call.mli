(* SPDX-License-Identifier: ISC *)

(** The request [call] of schemes' files, for programs that run as processes: bytes and descriptors, both ways. *)

val call : ?descriptors:Unix.file_descr list -> Unix.file_descr -> string -> string * Unix.file_descr list
(** [call ~descriptors file text] asks the file's server, and is its answer. The server gets copies of the descriptors, of which there may be
    16, all of schemes' files; those that come are closed on exec, and the caller's to close.
    @raise Unix.Unix_error [EOPNOTSUPP] if the file's server does not know that request, and others. *)
