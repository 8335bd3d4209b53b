(* SPDX-License-Identifier: ISC *)

(** What the scheme [sys] tells. *)

val memory : Machine.t option -> (string * Scheme.Budget.t) list -> unit -> string
(** What is usable at all, what nobody has, what OCaml's heap has, and what the budgets have given out. *)

val processes : Init.Supervisor.t -> Programs.t -> unit -> string
(** A line for each process that init or a shell has started. *)

val servers : Init.Supervisor.t -> unit -> string
(** A line for each server, see {!server}. *)

val server : Init.Supervisor.server -> string
(** A line: its name, state, process, how often it was started, last status. *)
