(* SPDX-License-Identifier: ISC *)

(** Finds the programs that processes execute. *)

open Scheme

val find :
  Namespace.t -> cwd:Path.t -> string -> string list -> (string * string list, Error.t) result
(** [find namespace ~cwd path arguments]: the content of the file, and the arguments; of a script, whose first line is
    [#!INTERPRETER ARGUMENT], the interpreter's and those that it gets. *)

val interpreter : string -> (string * string list) option
(** What the first line of a file names. *)

val whole_path : cwd:Path.t -> string -> string
(** The shortest from the root. *)
