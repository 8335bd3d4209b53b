(* SPDX-License-Identifier: ISC *)

(** Signals of a process and of each of its threads: what is to be done for each, what is blocked, what is pending. No
    delivery. Numbers, flags and sets are Linux'. Spec: [linux/uapi "asm-generic/signal.h"] *)

type action = { handler : int; flags : int; restorer : int; mask : int64 }

type info = {
  signal : int;
  code : int;
  sender : int;  (** a process *)
  value : int64;  (** a child's status, or what the sender gave *)
  address : int;  (** of a fault *)
}

type shared
(** A process'. *)

type own = {
  mutable mask : int64;  (** blocked *)
  mutable own_pending : info list;
  mutable mask_to_restore : int64 option;
  mutable stack_at : int;  (** the alternate stack *)
  mutable stack_size : int;
  mutable stack_flags : int;
}
(** A thread's. But for [own_pending] only it changes them. *)

val create : unit -> shared
val create_own : ?mask:int64 -> unit -> own

val copy : shared -> shared
(** For a fork: nothing is pending. *)

val execute : shared -> own -> unit
(** A new program: no handlers. *)

(** {1 Numbers} *)

val highest : int
val default : int
val ignore_ : int
val sighup : int
val sigint : int
val sigill : int
val sigtrap : int
val sigbus : int
val sigfpe : int
val sigkill : int
val sigsegv : int
val sigpipe : int
val sigxcpu : int
val sigxfsz : int
val sigvtalrm : int
val sigprof : int
val sigalrm : int
val sigchld : int
val sigcont : int
val sigstop : int
val sa_nocldstop : int
val sa_nocldwait : int
val sa_siginfo : int
val sa_restorer : int
val sa_onstack : int
val sa_restart : int
val sa_nodefer : int
val sa_resethand : int
val stack_disabled : int
val no_action : action
val bit : int -> int64
val has : int64 -> int -> bool

val blocking : int64 -> int64
(** Without those that cannot be blocked. *)

type effect_ = Ignore | Stop | Continue | Terminate

val default_effect : int -> effect_
val action : shared -> int -> action
val set_action : shared -> int -> action -> action
(** The one before. *)

val is_ignored : shared -> int -> bool

val take_back : shared -> own list -> by:int -> unit
(** Before [SIGCONT] is sent, signals that stop are not pending any more, and before one of these, [SIGCONT] is not. The second are those of all threads. *)

val continued : shared -> int
(** How often [SIGCONT] was sent. *)

val post : shared -> own option -> blocked:bool -> info -> bool
(** Makes it pending, of the thread or of the process; false: it is ignored, and not [blocked]. *)

val is_deliverable : shared -> own -> bool
(** Something is pending that is not blocked. Allocates nothing. *)

val pending : shared -> own -> int64

val take : shared -> own -> (int -> bool) -> info option
(** The next pending one of the chosen. *)

val take_deliverable : shared -> own -> info option

val mask_for_now : own -> int64 -> unit
(** Blocks those, until {!restore_mask}, or a handler's return. *)

val restore_mask : own -> unit
