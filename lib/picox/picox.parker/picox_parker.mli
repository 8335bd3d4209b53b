(* SPDX-License-Identifier: ISC *)

(** The sleep of one thread, and how others end it.

    The sleeper calls {!announce}, then looks once more for something to do, and only if there is nothing {!park}. Who
    has something for it first puts it where the sleeper looks, then calls {!wake}. So no wake-up is lost. *)

type t

val create : unit -> t

val announce : t -> unit
(** Tells the others that this thread is about to sleep. Only the owner. *)

val withdraw : t -> unit
(** Takes that back: there is something to do. Only the owner. *)

val park : t -> unit
(** Sleeps until somebody has called {!wake} since the {!announce}. An exception of a signal handler passes. Only the
    owner. *)

val park_until : t -> int -> unit
(** {!park}, but no longer than until the time of the monotonic clock, in nanoseconds; or perhaps less. Then {!withdraw}. *)

val is_asleep : t -> bool
(** Whether a sleep is announced that nobody has ended. *)

val wake : t -> bool
(** Ends an announced sleep. [true] if this call is the one that did. From any thread, and in signal handlers. *)
