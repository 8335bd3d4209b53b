(* SPDX-License-Identifier: ISC *)

(** Finds the programs that processes execute. *)

open Scheme

type t

val executable : t -> (Executable.t, string) result
(** What is wrong with it, as a phrase. Raises [Out_of_memory]. *)

type cache
(** Programs that were found lately: who executes one again reads it only if its file was changed. *)

val cache : unit -> cache

val forget : cache -> unit
(** All of them. *)

val find :
  cache -> Namespace.t -> ?most:int -> cwd:Path.t -> string -> (t * (string list -> string list), Error.t) result
(** [find cache namespace ~most ~cwd path]: the program in the file, which has so many bytes at most if it is not known already, and what becomes of its arguments. Of a script, whose first line is
    [#!INTERPRETER ARGUMENT], the interpreter's, which gets the script's path among them. *)

val interpreter : string -> (string * string list) option
(** What the first line of a file names. *)

val whole_path : cwd:Path.t -> string -> string
(** The shortest from the root. *)
