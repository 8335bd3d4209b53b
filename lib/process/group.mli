(* SPDX-License-Identifier: ISC *)

(** Processes that have one budget: one that was started from outside, and all that descend from it. What is used in a group
    is used in those around it, too, so limits only ever become lower. *)

open Scheme

type t = private {
  limits : Limits.t;
  memory : Budget.t;  (** in pages *)
  handles : Budget.t;
  tasks : Budget.t;
  cpu : Cpu_share.t;
  share : Turns.share;  (** among its siblings *)
  within : t option;
}

val create : ?within:t -> Limits.t -> t
val memory_left : t -> int * int
(** How much memory there is for it at all, and how much now; [max_int] without a limit. *)

val effective : t -> Limits.t
(** The lowest of its limits and those around it, and its own weight. *)
