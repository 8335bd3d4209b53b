(* SPDX-License-Identifier: ISC *)

(** How the threads of processes wait: for each other's doings, for a moment, for a scheme's answer. Each is a fiber that
    carriers carry ({!Picox_carriers}), so what it waits for may be of any scheduler of Picos. *)

type queue
(** Those who wait for a change of something. *)

val queue : unit -> queue

val wake : queue -> unit
(** Lets them look again; called after the change, from anywhere. *)

val wakes : queue -> int
(** How often that has been called. *)

type sleeper
(** Who waits. *)

val sleeper : ?turn:Turns.member -> stop:(unit -> bool) -> unit -> sleeper
(** Its [turn] is left while it waits. [stop ()]: it is not to wait any more. Who makes that true calls {!interrupt} then. *)

val asleep : sleeper -> (unit -> 'a) -> 'a
(** What its thread sleeps in otherwise than by the following: others have its turn meanwhile. *)

val carriers : sleeper -> Picox_carriers.t

val start : sleeper -> resumed:(unit -> unit) -> suspended:(unit -> unit) -> ended:(unit -> unit) -> (unit -> unit) -> bool
(** Has carriers run the function as that sleeper ({!Picox_carriers.run}). All the following wait in it. *)

val run : sleeper -> (unit -> unit) -> unit
(** Runs the function as that sleeper in this thread, which no carrier is to be. *)

val interrupt : sleeper -> unit
(** From any thread: what it waits for ends, if [stop ()]; what it asks a scheme for {!interruptibly} is canceled. *)

val finish : sleeper -> unit
(** {!interrupt}, for good: what it asks {!steadily} is canceled, too. *)

val should_stop : sleeper -> bool

val is_waiting : sleeper -> bool
(** It sleeps in {!until} or {!repeat}, or has been ready there at once. *)

val is_asking : sleeper -> bool
(** It asks a scheme {!interruptibly}. *)

type outcome = Ready | Stopped | Late

val until : sleeper -> ?deadline:int -> queue list -> (unit -> bool) -> outcome
(** Waits until the function says so, which is asked anew after each {!wake}; not beyond the deadline, on {!Vcpu.now}'s
    clock. *)

val repeat : sleeper -> nonblocking:bool -> again:int -> queue -> (unit -> int) -> int
(** Calls the function until its answer is not [again]; the error [EAGAIN] in place of a wait, if [nonblocking]. *)

val plainly : queue -> (unit -> bool) -> unit
(** The same for any fiber. Raises if it is canceled. *)

(** {1 Requests to schemes}

    The answer, or an error of {!Errno}. *)

val steadily : sleeper -> (unit -> ('a, Scheme.Error.t) result) -> ('a, int) result
(** One that does not wait for long: only the thread's end cancels it. *)

val unless_canceled : (unit -> 'a) -> 'a option
(** What a thread's fiber asks schemes for without its sleeper, as {!steadily}: [None] if the thread is to end. *)

val interruptibly : sleeper -> ?deadline:int -> (unit -> ('a, Scheme.Error.t) result) -> ('a, int) result
(** One that may wait for ever. When it is canceled, by {!interrupt} or at the deadline, the error is [EINTR]. *)

val interruptibly_within :
  sleeper -> ?deadline:int -> (Scheme.Handle.within -> ('a, Scheme.Error.t) result) -> ('a, int) result
(** The same for a function of a single request. *)
