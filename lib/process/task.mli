(* SPDX-License-Identifier: ISC *)

(** What the tender knows of a process and its threads, how one is ended, and how one is sent a signal. *)

type status = Exited of int | Killed of int  (** as in {!Tender} *)

type news = Nothing | Has_stopped of int | Has_gone_on
(** What a parent may be told once. *)

type thread = {
  id : int;
  mutable vcpu : Vcpu.t;
  mutable clear_tid : int;  (** zeroed and woken at its end; 0: none *)
  signals : Signals.own;
  sleeper : Wait.sleeper;
  mutable leaving : bool;  (** it is to end, while the process goes on *)
  mutable bytes : bytes;  (** see {!val-bytes} *)
  mutable slice : Scheme.Slice.t;
}

type process = {
  system : system;
  pid : int;
  mutable memory : Memory.t;
  mutable futexes : Futexes.t;
  files : Descriptors.t;
  namespace : Scheme.Namespace.t;  (** all that it can reach by paths *)
  mutable cwd : Scheme.Path.t;
  mutable umask : int;
  mutable program : string;  (** the path of what it runs *)
  signals : Signals.shared;
  timers : Timers.t array;  (** real, virtual, profiling: all go by the same clock *)
  (* The rest under the system's lock. *)
  mutable parent : process option;
  root : int;  (** the process from outside that it descends from: others it does not see *)
  mutable group : int;
  mutable session : int;
  mutable threads : thread list;
  mutable status : status option;  (** it is to end, or has ended *)
  mutable stopped : int;  (** by that signal; 0: it goes on *)
  mutable news : news;
  mutable gone : bool;  (** nothing of it runs any more *)
  resumed : Wait.queue;  (** woken when it is stopped no more, has executed a program, or is gone *)
  children : Wait.queue;  (** woken when a child of it has ended *)
}

and system = {
  lock : Mutex.t;  (** held for moments only *)
  changed : Wait.queue;  (** woken when a process is gone *)
  mutable processes : process list;
  mutable next_id : int;
  mapped : Shared.registry;  (** files that are mapped in common *)
  programs : Program.cache;
  futexes_in_common : Futexes.t;
  mutable failure : (exn * Printexc.raw_backtrace) option;
}
(** Processes that know each other. *)

val create_system : unit -> system
val locked : system -> (unit -> 'a) -> 'a

val take_id : system -> int
(** Under the lock, as the next. *)

val add_thread : process -> id:int -> ?mask:int64 -> Vcpu.t -> thread

val buffer_size : int

val bytes : thread -> bytes
(** Of {!buffer_size}: what goes through the tender in a call of the thread's. *)

val slice : thread -> Scheme.Slice.t
(** The same for schemes. *)

val is_over : process -> bool
(** It has a status, so its threads are to leave as soon as they can. *)

val end_process : process -> status -> unit
(** The first reason counts. All its threads come out of user mode, and out of their waits. *)

val end_all : system -> status -> unit
(** {!end_process} of each; one that is forked meanwhile begins with its parent's status. *)

val fail : system -> exn -> Printexc.raw_backtrace -> unit
(** The tender itself has raised what it never should: all is ended, and {!Tender.run} raises that then. *)

val rouse : thread -> unit
(** It comes out of user mode; out of what it waits for, if it is to stop. *)

val rouse_for_good : thread -> unit

val send : process -> Signals.info -> unit
(** A signal to the process. *)

val send_thread : process -> thread -> Signals.info -> unit

(** {1 Stopping} *)

val stop : process -> int -> unit
(** By that signal, until it is sent [SIGCONT]; its parent is told. *)

val hold : process -> thread -> unit
(** Waits while the process is stopped. *)

val undisturbed : thread -> Wait.queue list -> (unit -> bool) -> Wait.outcome
(** {!Wait.until}, whatever signals come. *)
