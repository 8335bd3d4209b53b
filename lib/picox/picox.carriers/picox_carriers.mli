(* SPDX-License-Identifier: ISC *)

(** Fibers that stay in system calls for long, on as few threads as are in such calls.

    A {e carrier} is a thread that runs one fiber after the other: when the one that it carries waits, it takes the next that
    is ready, without the kernel's scheduler. What a fiber does that keeps the thread itself, an endless computation for
    instance, it does {!aside}, and if others are ready then, another carrier sees to them.

    A carrier is {e attentive} while it will look at who is ready before it does anything that lasts. Who makes a fiber
    ready, from wherever that is, wakes an idle carrier only if none is attentive. One idle carrier is always kept ready, others for a tenth of a second;
    where there can be none, the pool is {e short}, and fibers are to take turns. *)

type t
(** The carriers of one domain. *)

val create : ?start_thread:((unit -> unit) -> unit) -> unit -> t
(** There are none yet. [start_thread] is for tests. *)

val here : unit -> t
(** The calling domain's. They end with the domain, those that are idle then. *)

val run :
  t ->
  Picos.Fiber.t ->
  ?resumed:(unit -> unit) ->
  ?suspended:(unit -> unit) ->
  ?ended:(unit -> unit) ->
  (Picos.Fiber.t -> unit) ->
  bool
(** Makes the fiber ready; false if there is no thread at all for it. Functions are called on the carrier: [resumed] each time
    that it begins to carry the fiber, [suspended] when it ceases to, [ended] when the fiber has returned. An exception
    that leaves the fiber is told as a thread's. *)

val close : t -> unit
(** Carriers end that are, or would be, idle. *)

(** {1 For a fiber that is carried} *)

val aside : t -> (unit -> 'a) -> 'a
(** The function, which keeps the thread for as long as it likes. *)

val has_others : t -> bool
(** Fibers are ready, and no other carrier will see to them. *)

val is_short : t -> bool
(** No carrier is idle, and there can be none: who keeps its thread is to look after a while whether it {!has_others}. *)

val share : t -> unit
(** Has another carrier see to those that are ready. If there is none, they go first here. *)

(** {1 For who implements [aside] by himself}

    What is kept of those that are ready, and how many carriers are attentive. Who does something that lasts takes one from
    [attentive] first, and if none is left then while [ready] is not an immediate value, adds it again, and may not. Later he
    adds one. *)

type queue

val ready : t -> queue Atomic.t
val attentive : t -> int Atomic.t
