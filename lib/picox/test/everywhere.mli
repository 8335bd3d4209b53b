(* SPDX-License-Identifier: ISC *)

(** Tests of libraries, on several schedulers. *)

val law : string -> (unit -> unit) -> unit
(** Adds tests of that name that run the body in order (fifo), in a hundred schedules at random, which are the same each
    time, and some times on three domains. A failure at random names the seed. *)

val yields : int -> unit
(** Lets others run, so many times. *)
