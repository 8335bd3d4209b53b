(* SPDX-License-Identifier: ISC *)

(** What processes have of the machine, where nobody says anything else. *)

type t = {
  all : Process.Limits.t;  (** all processes together: three quarters of the memory that is free when the kernel starts *)
  tree : Process.Limits.t;  (** one that is started, with all that it forks: half of that, so that others can still be started *)
}

val of_memory : int -> t
(** With so many bytes free. *)

val read : unit -> t
(** Of this machine as it is now. *)

val free_memory : unit -> int
(** Bytes that nobody has. *)
