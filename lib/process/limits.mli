(* SPDX-License-Identifier: ISC *)

(** What a process and all that it forks may use together. *)

type t = {
  memory : int;  (** bytes: its pages, page tables and pipes; what several of them have counts for each *)
  handles : int;  (** descriptors *)
  tasks : int;  (** threads, and processes that have ended and nobody has waited for *)
  cpu : float;  (** of the machine's CPUs, at a time: 0.5 is half of one *)
  weight : int;
      (** where more is wanted than the CPUs can do: its part beside others, from 1 to {!most_weight}; usually 100 *)
}

val most_weight : int
(** 10,000 *)

val none : t

val make : ?memory:int -> ?handles:int -> ?tasks:int -> ?cpu:float -> ?weight:int -> unit -> t
(** What is not given has no limit. Raises [Invalid_argument] for a number that is not positive, or too large a weight. *)
