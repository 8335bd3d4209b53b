(* SPDX-License-Identifier: ISC *)

(** Virtual CPUs: the threads of processes, as their registers. {!run} lends one the CPU that it is called on; whoever runs
    it decides what its exits mean. *)

type t

val create : Space.t -> t
(** All registers are zero. Raises [Out_of_memory]. *)

val space : t -> Space.t

type exit =
  | Call  (** a system call; the pc is behind its instruction *)
  | Fault  (** {!fault} tells; the pc is at the instruction *)
  | Slice  (** the deadline has passed *)
  | Kick  (** a {!kick}, or a signal to the program *)
  | Again  (** of {!run_carried} and {!run_briefly} only *)

val run : t -> deadline:int -> exit
(** Runs it until one of those. The deadline is on the clock of {!now}; [max_int] is never. Other threads of the domain run
    meanwhile, and other domains collect. Nothing is allocated. Raises [Invalid_argument] if another thread runs it, or if
    its pc or a base register is not an address of user mode. *)

val run_carried : t -> deadline:int -> Picox_carriers.t -> exit
(** {!run} for a fiber that is carried: [Again] if [Picox_carriers.has_others]; it has hardly run then. *)

val run_briefly : t -> deadline:int -> Picox_carriers.t -> exit
(** {!run} for one that is carried, with others ready or not: [Again] when another thread is to run on this CPU. *)

val if_wanted : int -> int
(** Of a moment: a deadline that is looked at only when another thread has wanted the CPU, or got it, since the run began. Costs nothing
    as long as none does. *)

val in_any_case : int -> int
(** The deadline that was given to {!if_wanted}, or is none of those. *)

val kick : t -> unit
(** Makes the run that goes on, else the next one, end with [Kick]. From anywhere. *)

val now : unit -> int
(** Nanoseconds on the monotonic clock. *)

type clock
(** Of the time that a thread of the tender has run, with all that it did for its process. *)

val own_clock : unit -> clock
(** The calling thread's. *)

val clock_at_end : unit -> int
val clock_at_start : unit -> int
(** What the calling thread's says; at the start of what it does for a process, what it said at the end of the thing before. *)

val read_clock : clock -> int
(** Nanoseconds; 0 if the thread has ended. *)

(** {1 Registers}

    They are to be used only while it does not run. As an [int] a register whose value has more than 63 bits is [min_int],
    which is neither an address, a size nor a descriptor that anybody may have. *)

val call_number : t -> int

val argument : t -> int -> int
(** Of a system call: 0 to 5. Raises [Invalid_argument] for others. *)

val set_argument : t -> int -> int -> unit

val result : t -> int
(** Of a system call. *)

val set_result : t -> int -> unit

val pc : t -> int
val set_pc : t -> int -> unit

val call_size : int
(** Bytes of the instruction of a system call: where to go back to have it made again. *)

val stack_pointer : t -> int
val set_stack_pointer : t -> int -> unit
val thread_pointer : t -> int
val set_thread_pointer : t -> int -> unit

val general : int
(** How many general registers there are, in the order of the machine's encoding. *)

val register : t -> int -> int64
val set_register : t -> int -> int64 -> unit
(** Raise [Invalid_argument] for a register that is not there. *)

val flags : t -> int
val set_flags : t -> int -> unit
(** What a user may not set is cleared when it runs. *)

val copy_registers : t -> from:t -> unit
(** All of them, floating point too. Raises [Invalid_argument] if one of them runs. *)

(** {1 Floating point} *)

val fp_size : int

val fp_state : t -> bytes
(** The state, as nucleus.h says for each machine. Raises [Invalid_argument] if it runs, as the next. *)

val set_fp_state : t -> bytes -> unit
(** Of {!fp_size} bytes, which may be any: what no user may have is cleared. *)

(** {1 Faults} *)

type fault_kind =
  | Read
  | Write
  | Fetch
  | Illegal
  | Divide
  | Floating_point
  | Alignment
  | Breakpoint
  | Other  (** what only the kernel may do, and all else *)

type fault = { kind : fault_kind; address : int  (** of the first three *); code : int  (** the machine's own *) }

val fault : t -> fault
(** The last one. *)
