(* SPDX-License-Identifier: ISC *)

(** What the tender knows of a process and its threads, and how one is ended. *)

type status = Exited of int | Killed of int  (** as in {!Tender} *)

type thread = {
  id : int;
  mutable vcpu : Vcpu.t;
  mutable clear_tid : int;  (** zeroed and woken at its end; 0: none *)
  mutable signal_mask : int64;
  buffer : bytes;  (** of {!buffer_size}: what goes through the tender *)
}

type process = {
  system : system;
  pid : int;
  mutable memory : Memory.t;
  mutable futexes : Futexes.t;
  files : Files.t;
  lock : Mutex.t;
  actions : (int, bytes) Hashtbl.t;  (** of signals; under [lock] *)
  (* The rest under the system's lock. *)
  mutable parent : process option;
  mutable threads : thread list;
  mutable status : status option;  (** it is to end, or has ended *)
  mutable gone : bool;  (** nothing of it runs any more *)
}

and system = {
  waiting : Files.waiting;  (** the system's lock, and where its threads wait for its processes *)
  find : string -> string option;  (** a program's content *)
  mutable processes : process list;
  mutable next_id : int;
  mutable failure : (exn * Printexc.raw_backtrace) option;
}
(** A process and all that come from it. *)

val buffer_size : int

val is_over : process -> bool
(** It has a status, so its threads are to leave as soon as they can. *)

val end_process : process -> status -> unit
(** The first reason counts. All its threads come out of user mode, and out of their waits. *)

val end_all : system -> status -> unit
(** {!end_process} of each; one that is forked meanwhile begins with its parent's status. *)

val fail : system -> exn -> Printexc.raw_backtrace -> unit
(** The tender itself has raised what it never should: all is ended, and {!Tender.run} raises that then. *)
