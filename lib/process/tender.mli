(* SPDX-License-Identifier: ISC *)

(** Runs a program as a process: its system calls are decoded here, and then performed. A process has what it is given and
    nothing else: arguments, an environment, three streams, and the programs that it may execute. It may have threads, which
    run in parallel as the machine has CPUs, and fork; pipes go between what comes from one process.

    The calls that are there: {!Calls}; any other answers [ENOSYS]. Not there yet: files, and signals to handlers. *)

type status = Exited of int | Killed of int  (** by what would have been this signal, as Linux numbers them *)

val console : Files.streams
(** The program's own. *)

val run :
  ?streams:Files.streams ->
  ?environment:string list ->
  ?find:(string -> string option) ->
  string ->
  arguments:string list ->
  (status, string) result
(** [run program ~arguments]: [program] is the content of a static ELF executable; [find path] is that of one that it may
    execute (default: none). Returns when the last of its threads has ended; what it forked is ended then, too, and all memory
    is free. [Error]: what is wrong with the program, as a phrase. Raises [Failure] where
    {!Space.is_supported} is false. *)

val exit_code : status -> int
(** The exit status that a shell shows. *)
