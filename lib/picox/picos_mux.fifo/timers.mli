(* SPDX-License-Identifier: ISC *)

(** Timers: those of [picos_io.select] where that library is there, else none. *)

val check_configured : unit -> unit
(** Prepares this thread and domain for timers.
    @raise Invalid_argument in a thread that cannot be prepared. *)

val cancel_after : _ Picos.Computation.t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
(** Cancels the computation [seconds] from now unless it completes before.
    @raise Sys_error where there are no timers. *)
