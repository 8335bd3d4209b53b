(* SPDX-License-Identifier: ISC *)

(** Waiting for times, descriptors and the ends of child processes, with [Unix.select] in a thread beside the fibers.

    Descriptors above 1023 cannot be waited for. *)

open Picos
open Picos_std_event

(** {1 Times} *)

val cancel_after : _ Computation.t -> seconds:float -> exn -> Printexc.raw_backtrace -> unit
(** [cancel_after computation ~seconds exn bt] cancels the computation [seconds] from now, unless it completes before: what
    a scheduler does for [Computation.Cancel_after].
    @raise Invalid_argument if [seconds] is negative, no number, or more than 50 years. *)

val timeout : seconds:float -> unit Event.t
(** Happens [seconds] after the synchronization.
    @raise Invalid_argument as {!cancel_after}. *)

(** {1 Descriptors}

    Operations: [`R] there is something to read, or the end; [`W] something can be written; [`E] there is an exceptional
    condition, as out-of-band data. A descriptor stays open while somebody waits for it. *)

val return_on : 'a Computation.t -> Picos_io_fd.t -> [ `R | `W | `E ] -> 'a -> unit
(** [return_on computation fd op value] returns [value] from the computation when [fd] is ready for [op], unless it
    completes before. What cannot be waited for cancels it with a [Unix_error]. *)

val await_on : Picos_io_fd.t -> [ `R | `W | `E ] -> Picos_io_fd.t
(** [await_on fd op] waits until [fd] is ready for [op], and is [fd]. *)

val on : Picos_io_fd.t -> [ `R | `W | `E ] -> unit Event.t
(** [on fd op] happens when [fd] is ready for [op]. *)

(** {1 Interrupting system calls} *)

(** Signals to a thread of one's own, so that a system call that blocks it ends with [EINTR]. *)
module Intr : sig
  type t

  val nothing : t
  (** No request. *)

  val req : seconds:float -> t
  (** Asks that this thread gets signals from [seconds] from now on (perhaps earlier), until {!clr}. The signal is that of
      {!configure}. *)

  val clr : t -> unit
  (** Ends the request; needed once for each, on the same thread. *)
end

(** {1 Child processes} *)

val return_on_sigchld : 'a Computation.t -> 'a -> unit
(** [return_on_sigchld computation value] returns [value] from the computation when a child process next changes its
    state, unless it completes before. *)

val on_sigchld : unit Event.t
(** Happens when a child process changes its state after the synchronization. *)

(** {1 Configuration} *)

val configure : ?intr_sig:int -> ?handle_sigchld:bool -> ?ignore_sigpipe:bool -> unit -> unit
(** Sets signal handlers; the second and later calls do nothing. By default {!Intr} uses [Sys.sigusr2]; [Sys.sigchld] is
    handled here, else the program's handler must call {!handle_signal}; and [Sys.sigpipe] is ignored. A scheduler that
    begins to run, or an operation here, calls [configure ()]. *)

val check_configured : unit -> unit
(** [configure ()], unless that has been done, and blocks the signals of this module on this thread, so that they go to
    the one that waits for them. The schedulers of this project call it on each of their threads; other threads should. *)

val handle_signal : int -> unit
(** Tells that the signal has occurred, where the program handles it itself. Others than [Sys.sigchld] are ignored. *)
