(* SPDX-License-Identifier: ISC *)

(** Threads of the tender's, which are kept for what comes next: to make one and to let it go takes longer than most of what
    a short process does. *)

val run : (unit -> unit) -> unit
(** Runs the function, which must not raise, in a thread of this domain. Raises what [Thread.create] does. *)
