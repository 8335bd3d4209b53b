(* SPDX-License-Identifier: ISC *)

(** Runs programs as processes: their system calls are decoded here, and then performed. A process has what it is given and
    nothing else: arguments, an environment, open files, and a namespace, in which it finds its programs, too. It may have
    threads, which run in parallel as the machine has CPUs, and fork.

    Each thread of a process is a thread of the domain that calls {!spawn}; it asks schemes itself, whatever scheduler of
    Picos their servers run on. The calls that are there: {!Calls}; any other answers [ENOSYS]. *)

type status = Exited of int | Killed of int  (** by this signal, as Linux numbers them *)

val exit_code : status -> int
(** As a shell tells it: 128 and the signal. *)

type t
(** Processes that know each other, by numbers. *)

type process

val create : unit -> t

val mapped : t -> Shared.registry
(** What they have in common, for {!Memory_scheme}. *)

val spawn :
  t ->
  ?files:(int * Open_file.t) list ->
  ?environment:string list ->
  ?cwd:Scheme.Path.t ->
  ?programs:Scheme.Namespace.t ->
  namespace:Scheme.Namespace.t ->
  string ->
  arguments:string list ->
  (process, string) result
(** [spawn t ~files ~namespace path ~arguments] starts the program of that path, a static ELF executable or a script.
    [arguments] begins with the program's name. [files] are its descriptors, which the process owns from now on, whatever the
    answer is ({!Open_file.of_handle}). [programs] is where the program is found (default: [namespace]). The error says what is wrong with the program. Needs a scheduler, for the requests that
    find it. Raises [Out_of_memory], and [Failure] where there are no processes ({!Space.is_supported}). *)

val pid : process -> int

val status : process -> status option
(** [None] while anything of it runs. *)

val wait : process -> status
(** Until it is gone: it runs nowhere, its memory and its files are given back. Needs a scheduler; raises if the fiber is
    canceled. What it has forked may go on. *)

val kill : process -> int -> unit
(** Sends it a signal. Raises [Invalid_argument] if that is none. *)

val dump : process -> (string -> (unit, 'e) result) -> (unit, 'e) result
(** Gives the function a core file of the process as it is now ({!Core_file}), piece by piece, while the process stands still. Needs a
    scheduler. *)

val close : t -> unit
(** Ends all processes and waits until they are gone. Raises what the tender itself has raised, which it never should: in that case
    all processes have ended by themselves. Needs a scheduler. *)

val run :
  ?files:(int * Open_file.t) list ->
  ?environment:string list ->
  ?cwd:Scheme.Path.t ->
  namespace:Scheme.Namespace.t ->
  string ->
  arguments:string list ->
  (status, string) result
(** {!spawn}, {!wait}, {!close}, with a scheduler of its own. *)
