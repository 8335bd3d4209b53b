(* SPDX-License-Identifier: ISC *)

(** What schedulers do between two turns for those who watch the world outside, such as devices. *)

val on_turn : (unit -> unit) -> unit
(** Lets schedulers call the function before each turn, on all their threads. It must be quick and not raise; it may signal
    triggers. Only the last one that is given. *)

val at_turn : unit -> unit
(** For schedulers. *)
