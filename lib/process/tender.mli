(* SPDX-License-Identifier: ISC *)

(** Runs a program as a process: its system calls are decoded here, and then performed. A process has what it is given and
    nothing else: arguments, an environment, and three streams. It may have threads, which run in parallel as the machine
    has CPUs.

    The calls that are there: {!Calls}; any other answers [ENOSYS]. Not there yet: files, signals to handlers, fork, exec. *)

type status = Exited of int | Killed of int  (** by what would have been this signal, as Linux numbers them *)

type streams = {
  input : bytes -> int -> int -> int;  (** as [Unix.read] *)
  output : bytes -> int -> int -> unit;  (** writes all of it, as [Unix.write] *)
  error : bytes -> int -> int -> unit;
}

val console : streams
(** The program's own. *)

val run : ?streams:streams -> ?environment:string list -> string -> arguments:string list -> (status, string) result
(** [run program ~arguments]: [program] is the content of a static ELF executable. Returns when the last of its threads has
    ended; its memory is free then. [Error]: what is wrong with the program, as a phrase. Raises [Failure] where
    {!Space.is_supported} is false. *)

val exit_code : status -> int
(** The exit status that a shell shows. *)
