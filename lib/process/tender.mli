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

val memory_of_machine : unit -> int * int
(** Bytes of the machine's memory: all, and what nobody has now. *)

val create : ?log:(string -> unit) -> ?limits:Limits.t -> ?machine_memory:(unit -> int * int) -> unit -> t
(** All that is started together uses no more than [limits] (default: none). [machine_memory] tells how many bytes the machine has and how
    many are free, for those who ask; zeros if that is not known (default: what the C library says). [log] (default: standard error) is told what its owner should know: of bugs of the tender,
    of what could not be written, and of processes that end by a fault, or for want of memory. It is called in any thread. *)

val mapped : t -> Shared.registry
(** What they have in common, for {!Memory_scheme}. *)

val spawn :
  t ->
  ?files:(int * Open_file.t) list ->
  ?environment:string list ->
  ?cwd:Scheme.Path.t ->
  ?programs:Scheme.Namespace.t ->
  ?limits:Limits.t ->
  namespace:Scheme.Namespace.t ->
  string ->
  arguments:string list ->
  (process, string) result
(** [spawn t ~files ~namespace path ~arguments] starts the program of that path, a static ELF executable or a script.
    [arguments] begins with the program's name. [files] are its descriptors, which the process owns from now on, whatever the
    answer is ({!Open_file.of_handle}). [programs] is where the program is found (default: [namespace]). It and all that descend from it together,
    its {e tree}, stay within [limits], and within those of {!create}: who asks for too much gets an error of Linux', and who touches memory that there is
    none for is killed; no others. The error says what is wrong with the program. Needs a scheduler, for the requests that
    find it. Raises [Failure] where there are no processes ({!Space.is_supported}). *)

val pid : process -> int

val status : process -> status option
(** [None] while anything of it runs. *)

val wait : process -> status
(** Until it is gone: it runs nowhere, its memory and its files are given back. Needs a scheduler; raises if the fiber is
    canceled. What it has forked may go on. After a {!kill} by signal 9 that is within a second, whatever servers do: what it
    had in common with files is written later, if they take longer. *)

val end_tree : process -> unit
(** Sends signal 9 to what is left of its tree. *)

val wait_for_tree : process -> unit
(** Until all of that is gone. As {!wait}. *)

type statistics = {
  number : int;
  parent : int;  (** 0: none, or it is gone *)
  program : string;  (** its path *)
  threads : int;
  handles : int;  (** descriptors *)
  memory : int;  (** bytes of its own pages, and of tables *)
  cpu_ns : int;  (** in user mode, and in calls *)
  limits : Limits.t;  (** of its tree *)
}

val statistics : t -> statistics list
(** Of all that run, the oldest first. *)

type used = { used_memory : int;  (** bytes *) used_handles : int; used_tasks : int }

val used : t -> used
(** By all together. *)

val used_by_tree : process -> used

val kill : process -> int -> unit
(** Sends it a signal. Raises [Invalid_argument] if that is none. *)

val signal : t -> int -> int -> bool
(** [signal t number n]: the same to the process of that number; 0 sends nothing. False: there is none. *)

val new_number : t -> int
(** One that no process has, nor will have: for what else is to be told apart from them by its number. *)

val dump : process -> (string -> (unit, 'e) result) -> (unit, 'e) result
(** Gives the function a core file of the process as it is now ({!Core_file}), piece by piece, while the process stands still. Needs a
    scheduler. *)

val whereabouts : t -> string
(** Where each process and thread stands, a line each: for who looks for the reason of a hang. Takes no lock, so it may be of several moments. *)

val trim : t -> unit
(** Gives back what is kept only because the next process will need the same: programs, buffers. The collector frees it. Threads of the
    tender's that are idle end by themselves in a moment. *)

val close : t -> unit
(** Ends all processes and waits until they are gone, and until what they had in common with files is written, as far as servers
    answer. Raises then the first of what the tender itself has raised, which it never should: a process was ended by that.
    Needs a scheduler. *)

val run :
  ?files:(int * Open_file.t) list ->
  ?environment:string list ->
  ?cwd:Scheme.Path.t ->
  namespace:Scheme.Namespace.t ->
  string ->
  arguments:string list ->
  (status, string) result
(** {!spawn}, {!wait}, {!close}, with a scheduler of its own. *)
