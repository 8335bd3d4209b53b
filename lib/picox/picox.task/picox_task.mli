(* SPDX-License-Identifier: ISC *)

(** Tasks of one of the kernel's classes: what {!Picox_drivers}, {!Picox_vproc} and {!Picox_local} have in common. *)

module type S = sig
  type 'a t
  (** A task: a fiber of the class and its children, and what comes of it. Those of different classes have different
      types. *)

  val start : (unit -> 'a) -> 'a t
  (** [start main] runs [main ()] as a new task. In a fiber of any class.
      @raise exn if the fiber that starts it is canceled: then it is not started. *)

  val await : 'a t -> 'a
  (** Waits for the end, and returns or raises what the task did. *)

  val cancel : 'a t -> exn -> unit
  (** Cancels it, and with it its children: what they wait for ends with the exception. Nothing if it has ended. *)

  val is_running : 'a t -> bool

  val computation : 'a t -> 'a Picos.Computation.t
  (** Its outcome, for what waits for several things. *)

  val is_current : unit -> bool
  (** Whether this fiber is of the class. *)

  val run : ?n_domains:int -> ?context:Picox_classes.context -> (unit -> 'a) -> 'a
  (** Runs the scheduler, on [n_domains] (default 1), with a main fiber of the class. *)

  val turns : Picox_classes.context -> int
  (** How many turns the class has had. *)
end

module Of (_ : sig
  val its_class : Picox_classes.t
end) : S
