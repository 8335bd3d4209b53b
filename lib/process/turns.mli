(* SPDX-License-Identifier: ISC *)

(** Who may compute, where more threads want to than the machine has CPUs: by turns, so that what each share of a tree of shares
    has is in proportion to its weight. No more threads than CPUs run for long; the others wait until those that run have had their
    slice, end, or wait for something. Who comes back from waiting runs at once, and takes part when his slice is over.

    It neither runs nor stops anything itself: threads tell what they do, and are told what to do. May be used from all threads. *)

type t

val create : cpus:int -> t

type share
(** A node of the tree. *)

val usual_weight : int
(** 100 *)

val share : ?within:share -> int -> share
(** One of that weight (at least 1), among others within the same one. Without it: the whole machine. *)

type member
(** A thread. *)

val member : ?after:member -> t -> within:share -> weight:int -> rouse:(unit -> unit) -> wake:(unit -> unit) -> member
(** Of a weight among the members of its share. [rouse] makes it call {!is_contended} soon, [wake] tells it that it waits no more; both are
    called by others, [wake] under a lock. It is away at first. [after] is the one that begins it, if one does: it begins a slice behind that one. *)

val set_weight : member -> int -> unit

type state =
  | Away  (** it waits for something else, or does not live *)
  | Running
  | Waiting  (** for its turn *)

val state : member -> state

(** {1 By the thread itself} *)

val begin_ : member -> unit
val end_ : member -> unit

val enter : member -> unit
(** It runs, if it was away. *)

val leave : member -> unit
(** It is away, if it was running. *)

val slice_ns : int

val is_contended : t -> bool
(** Somebody waits: slices are to end in time. As long as nobody does, they need not. *)

val slice_over : member -> now:int -> int -> int
(** The time of its slice is over, in which it has run so many nanoseconds since it was asked last. What is left of the slice, if it was away
    meanwhile, or others had the CPU: so who sleeps much and computes little goes on as soon as it wakes. 0: a new slice begins, and it may be
    {!Waiting} for it. *)

val give_up : member -> now:int -> int -> unit
(** The same, but what is left is for others. *)

val insist : member -> unit
(** One that waits runs: it has a signal, or is to end. *)

(** {1 In case of doubt}

    Who runs may be held up by something that is none of his doing, and has not said so. *)

val patience_ns : int

val watch : t -> bool
(** Somebody waits, and {!rescue} is to be called each {!patience_ns} from now on; told once. *)

val is_watched : t -> bool

val rescue : t -> now:int -> bool
(** If nobody's slice has been over for that long, one of those that wait runs. False: nobody waits, and it need not be called again. *)
