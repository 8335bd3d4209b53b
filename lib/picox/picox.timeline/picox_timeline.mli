(* SPDX-License-Identifier: ISC *)

(** A timer wheel that any thread and any signal handler may use, and those who sleep until its next deadline.

    Nobody waits: who finds the wheel in use leaves a request, and the one that uses it sees to that before it goes.
    Whoever sets a timer that is due before a sleeper would wake by itself, wakes that one: no deadline is overlooked. *)

type 'a t

val create : unit -> 'a t

val set : 'a t -> 'a Picox_wheel.timer -> unit
(** Puts the timer in, and wakes the sleepers that would be too late for it. *)

val drop : 'a t -> 'a Picox_wheel.timer -> unit
(** Takes it out, if it is in; only after its {!set}. *)

val bound : 'a t -> int
(** No timer that is in is due before. One load. *)

val is_empty : 'a t -> bool
(** Whether nothing is in, nor about to be put in. *)

val expire : 'a t -> now:int -> 'a Picox_wheel.timer list
(** {!Picox_wheel.expire}. Nothing if another thread uses the wheel just now. *)

val length : 'a t -> int
(** How many timers are in. Waits until the wheel is free: not in signal handlers. *)

(** {1 Sleeping} *)

type sleeper
(** One that sleeps until the next deadline. *)

val sleeper : 'a t -> wake:(unit -> unit) -> sleeper
(** A new one. [wake] ends its sleep, or lets the one that it is about to begin end at once; from any thread, and in
    signal handlers. It must not raise. It is called only while the sleeper is {!prepare}d. *)

val prepare : 'a t -> sleeper -> int
(** The time until which to sleep: the earliest deadline, [max_int] if there is none; [0] for not at all. From now on
    who sets an earlier one calls [wake]. Waits until the wheel is free. *)

val awake : sleeper -> unit
(** Ends what {!prepare} began. *)
