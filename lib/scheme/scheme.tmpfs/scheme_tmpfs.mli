(* SPDX-License-Identifier: ISC *)

(** A file system in memory, as a scheme: directories, files with holes, hard and symbolic links, times.

    Names of any bytes; [rename] replaces at once; what is removed while it is open lasts until it is closed. What
    belongs to one request happens at one moment for all others. A part of a file that is mapped keeps its memory until the file is gone. *)

open Scheme

type t

val create : ?budget:Budget.t -> ?now_ns:(unit -> int) -> unit -> t
(** An empty one. All that it holds, names and all, is taken from the budget of bytes (default: unlimited); a request for
    which too little is left fails with [No_space]. [now_ns] is the clock (default: the system's). *)

val service : t -> Service.t

val cost : string -> int
(** What a name takes of the budget, beside the blocks of its file. *)

module Blocks = Blocks
