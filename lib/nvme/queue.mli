(* SPDX-License-Identifier: ISC *)

(** A submission queue and its completion queue, whose commands fibers await. Any fiber of any domain may submit; one fiber
    calls {!step} to take what the controller has completed.

    The controller is not trusted: a completion is read once and decoded wholly. The first one that cannot be is the last.  Spec: [nvme "Submission Queue and Completion Queue"] *)

type t

type command = {
  opcode : int;
  namespace : int;
  data : (Machine.Dma.t * int * int) option;  (** a range of a buffer, at most 2 MiB, at a multiple of 4 *)
  cdw10 : int;  (** 32 bits, as all of these *)
  cdw11 : int;
  cdw12 : int;
}

val most_data : int

type pending

val create : Access.t -> number:int -> entries:int -> doorbell:(completion:bool -> int) -> Device_interrupt.t -> t
(** With [doorbell] telling where the queue's doorbells are. *)

val number : t -> int
val entries : t -> int
val submissions : t -> Machine.Dma.t
val completions : t -> Machine.Dma.t

val start : ?ring:bool -> t -> command -> (pending, Device.error) result
(** Waits for room, and submits the command; with [ring] [false] the controller is only told by the next one, or {!ring}.
    @raise Invalid_argument if the range is not as it must be. *)

val ring : t -> unit

val wait : pending -> (int, Device.error) result
(** The first word of the completion; [`Failed] or [`Unsupported] if the controller says that it could not do it.
    Cancelation does not end it. *)

val run : t -> command -> (int, Device.error) result
(** {!start} and {!wait}. *)

type step =
  | Idle  (** nothing was there; what comes interrupts *)
  | More  (** there may be more *)
  | Broken of string  (** the controller has answered what cannot be *)

val step : t -> step
(** Takes some completions, and wakes who waits for them. *)

val interrupt : t -> Device_interrupt.t

val refuse : t -> Device.error -> unit
(** From now on nothing is submitted any more. *)

val fail : t -> Device.error -> unit
(** {!refuse}, and ends all commands in flight with the error. Only when the controller does not use their buffers any
    more. *)

val in_flight : t -> int
