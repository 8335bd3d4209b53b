(* SPDX-License-Identifier: ISC *)

(** What a process and all that it forks may use together. *)

type t = {
  memory : int;  (** bytes: its pages, page tables and pipes; what several of them have counts for each *)
  handles : int;  (** descriptors *)
  tasks : int;  (** threads, and processes that have ended and nobody has waited for *)
  cpu : float;  (** of the machine's CPUs, at a time: 0.5 is half of one *)
}

val none : t

val make : ?memory:int -> ?handles:int -> ?tasks:int -> ?cpu:float -> unit -> t
(** What is not given has no limit. Raises [Invalid_argument] for a number that is not positive. *)
