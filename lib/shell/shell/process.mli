(* SPDX-License-Identifier: ISC *)

(** What a command is given, and all that it can reach. *)

open Scheme

type t = {
  pid : int;
  name : string;
  arguments : string list;  (** without the name *)
  namespace : Namespace.t;
  cwd : Path.t;
  variables : (string * string) list;
  input : Handle.t;
  output : Handle.t;
  error : Handle.t;  (** the three are closed by who started it *)
  tasks : Tasks.t;
}

type command = t -> int
(** Runs, and gives the exit status. *)

exception Quit of int
(** Ends the command with that status. *)

val guard : t -> (unit -> int) -> int
(** The function's status, or that of its {!Quit}. *)

val complain : t -> string -> unit
(** Prints "NAME: TEXT" to the error stream. *)

val fail : t -> ?status:int -> string -> 'a
(** {!complain}, then {!Quit} (default: 1). *)

val check : t -> string -> ('a, Error.t) result -> 'a
(** The value; or fails with "WHAT: ERROR". *)

val usage : t -> string -> 'a
(** Fails with status 2 and how to call it. *)

(** {1 Streams} *)

(** Output in larger pieces. If it cannot be written the command ends: quietly, with 141, if nobody reads it. *)
module Out : sig
  type process := t
  type t

  val make : process -> t
  val string : t -> string -> unit
  val line : t -> string -> unit
  val printf : t -> ('a, unit, string, unit) format4 -> 'a
  val flush : t -> unit
end

val with_out : t -> (Out.t -> int) -> int
(** Flushes at the end. *)

val copy : t -> Handle.t -> unit
(** All of a file to the output. *)

val fold_lines : t -> Handle.t -> 'a -> ('a -> string -> 'a option) -> 'a
(** Calls the function for each line, without its newline, until it gives [None] or the file ends. *)

val with_inputs : t -> ?quiet:bool -> string list -> (string -> Handle.t -> unit) -> int
(** Opens each file ([-] and no file at all: the input). Of those that cannot be opened it complains (not if [quiet]), and the status is
    1. *)

(** {1 Arguments} *)

val options : t -> string -> char list * string list
(** The options, of those letters, and the other arguments; [--] ends the options. Fails for others, and says which there are. *)

val options_with : t -> flags:string -> values:string -> char list * (char * string) list * string list
(** The same with letters that have a value ([-n5] or [-n 5]), in their order. *)

val no_arguments : t -> unit
(** Fails if there are any. *)

val human_size : int -> string
(** ["3.4M"], as [ls -h], [df -h] and [free -h] tell sizes. *)
