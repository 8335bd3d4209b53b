(* SPDX-License-Identifier: ISC *)

(** Finds the programs that processes execute. *)

open Scheme

val find :
  Namespace.t -> cwd:Path.t -> string -> (string * (string list -> string list), Error.t) result
(** [find namespace ~cwd path]: the content of the file, and what becomes of its arguments. Of a script, whose first line is
    [#!INTERPRETER ARGUMENT], the interpreter's, which gets the script's path among them. *)

val interpreter : string -> (string * string list) option
(** What the first line of a file names. *)

val whole_path : cwd:Path.t -> string -> string
(** The shortest from the root. *)
