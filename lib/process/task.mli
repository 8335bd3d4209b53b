(* SPDX-License-Identifier: ISC *)

(** What the tender knows of a process and its threads, how one is ended, and how one is sent a signal. *)

type status = Exited of int | Killed of int  (** as in {!Tender} *)

type news = Nothing | Has_stopped of int | Has_gone_on
(** What a parent may be told once. *)

(** [since] is what the carrier's clock would show if it had carried only this thread, from the start. *)
type time = Stopped of int | Running of { clock : Vcpu.clock; since : int }

type thread = {
  mutable id : int;  (** that of the process, if it is the first *)
  mutable time : time;  (** for how long it has run *)
  mutable hurried : int;  (** how often it is not to hold back others that are ready *)
  mutable paid_ns : int;  (** of its clock, to the group's share of the CPUs *)
  mutable slice_stop : int;  (** when it is to pay next, as {!Vcpu.run} wants it *)
  mutable is_capped : bool;  (** its group has a share of the CPUs only *)
  turn : Turns.member;
  called : Wait.queue;  (** woken when its turn comes *)
  mutable vcpu : Vcpu.t;
  mutable clear_tid : int;  (** zeroed and woken at its end; 0: none *)
  signals : Signals.own;
  sleeper : Wait.sleeper;
  mutable leaving : bool;  (** it is to end, while the process goes on *)
  mutable name : string option;  (** what it is called, if not as its program *)
  mutable bytes : bytes;  (** see {!val-bytes} *)
  mutable slice : Scheme.Slice.t;
}

type process = {
  system : system;
  group_of : Group.t;  (** whose budgets it uses *)
  began_ns : int;  (** on {!Vcpu.now}'s clock *)
  pid : int;
  mutable memory : Memory.t;
  mutable futexes : Futexes.t;
  files : Descriptors.t;
  rlimits : Resource_limits.t;
  namespace : Scheme.Namespace.t;  (** all that it can reach by paths *)
  mutable cwd : Scheme.Path.t;
  mutable umask : int;
  mutable nice : int;  (** from -20 to 19 *)
  mutable program : string;  (** the path of what it runs *)
  mutable arguments : string list;  (** what that was given *)
  signals : Signals.shared;
  timers : Timers.t array;  (** real, and by the process' CPU time: virtual, profiling *)
  cpu_clock : Timers.clock;  (** its CPU time *)
  mutable cpu_timer : Timers.t option;  (** {!Cpu_limit}'s, if it has one *)
  (* The rest under the system's lock. *)
  mutable parent : process option;
  root : int;  (** the process from outside that it descends from: others it does not see *)
  mutable group : int;
  mutable session : int;
  mutable threads : thread list;
  mutable status : status option;  (** it is to end, or has ended *)
  mutable stopped : int;  (** by that signal; 0: it goes on *)
  mutable dumps : int;  (** so many read its memory, and it stands still meanwhile *)
  mutable news : news;
  mutable gone : bool;  (** nothing of it runs any more *)
  mutable ending : string;  (** what of it is given back just now *)
  mutable ended_ns : int;  (** what its threads that have ended have run *)
  mutable children_ns : int;  (** the same of children that were waited for *)
  mutable peak_of_children : int;  (** the most pages that one of them had *)
  resumed : Wait.queue;  (** woken when it is stopped no more, has executed a program, or is gone *)
  children : Wait.queue;  (** woken when a child of it has ended *)
}

and system = {
  around_all : Group.t;
  turns : Turns.t;  (** of all threads *)
  watch : Timers.t;  (** for {!Turns.rescue} *)
  lock : Picox_lock.t;  (** held for moments only *)
  changed : Wait.queue;  (** woken when a process is gone *)
  mutable processes : process list;
  mutable next_id : int;
  mapped : Shared.registry;  (** files that are mapped in common *)
  programs : Program.cache;
  futexes_in_common : Futexes.t;
  locks : File_locks.t;
  writing : Write_back.t;
  machine_memory : unit -> int * int;  (** see {!Tender.create} *)
  log : string -> unit;
  mutable failure : (exn * Printexc.raw_backtrace) option;
}
(** Processes that know each other. *)

val begin_watch : Timers.t -> unit
(** After {!Turns.watch}. *)

val create_system : log:(string -> unit) -> machine_memory:(unit -> int * int) -> Limits.t -> system
val locked : system -> (unit -> 'a) -> 'a

val take_id : system -> int
(** Under the lock, as the next. *)

val weight_of_nice : int -> int
(** Among the threads of its tree; 1024 for 0. *)

val add_thread : ?after:thread -> process -> id:int -> ?mask:int64 -> Vcpu.t -> thread
(** It uses a task of the group's, which has been taken. *)

val drop_processes : system -> (process -> bool) -> unit
(** Under the lock: nobody will ask for those any more. Each gives back a task, that of its last thread. *)

val thread_ns : thread -> int
(** For how long it has run, with what the tender did for it. *)

val start_clock : thread -> unit
val stop_clock : thread -> unit
(** By the carrier that begins to carry it, or ceases to. *)

val take_task : process -> bool
(** One more of the group's, if there may be one more. *)

val memory_left : process -> int * int
(** How much memory there is for it at all, and how much now. *)

val cpu_ns : process -> int
(** What it has run, in user mode and in calls. *)

val buffer_size : int

val bytes : thread -> bytes
(** Of {!buffer_size}: what goes through the tender in a call of the thread's. *)

val slice : thread -> Scheme.Slice.t
(** The same for schemes. *)

val longest_name : int
val short_name : string -> string
(** What a thread that executes the program at a path is called: at most that many characters. *)

val name_of_program : process -> string
val name_of : process -> thread -> string
(** What [ps] shows. *)

val is_over : process -> bool
(** It has a status, so its threads are to leave as soon as they can. *)

val end_process : process -> status -> unit
(** The first reason counts. All its threads come out of user mode, and out of their waits. *)

val end_processes : system -> (process -> bool) -> status -> unit
(** The same of all that are chosen, under the lock. *)

val end_all : system -> status -> unit
(** {!end_process} of each; one that is forked meanwhile begins with its parent's status. *)

val attempt : process -> (unit -> unit) -> unit
(** Calls the function on behalf of that process. What the tender itself raises, which it never should, is logged, and ends that
    process and no other; {!Tender.close} raises the first of that later. *)

val rouse : thread -> unit
(** It comes out of user mode; out of what it waits for, if it is to stop. *)

val rouse_for_good : thread -> unit

val send : process -> Signals.info -> unit
(** A signal to the process. *)

val send_thread : process -> thread -> Signals.info -> unit

(** {1 Stopping} *)

val stop : process -> int -> continued:int -> unit
(** By that signal, until it is sent [SIGCONT]; its parent is told. Nothing, if it was sent that since {!Signals.continued} was that. *)

val stands_still : process -> bool
(** It is stopped, or its memory is dumped. *)

val hold : process -> thread -> unit
(** Waits while the process is stopped, or dumped. *)

val undisturbed : thread -> ?deadline:int -> Wait.queue list -> (unit -> bool) -> Wait.outcome
(** {!Wait.until}, whatever signals come. *)
