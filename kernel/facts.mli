(* SPDX-License-Identifier: ISC *)

(** What the scheme [sys] tells. *)

val memory : Machine.t option -> (string * Scheme.Budget.t) list -> Programs.t -> unit -> string
(** What is usable at all, what nobody has, what OCaml's heap has, what the budgets have given out, what processes have, and may have. *)

val processes : Init.Supervisor.t -> Programs.t -> unit -> string
(** A line for each process: numbers of it and of its parent, threads, descriptors, memory, CPU time, what it is. Then what they use together, and
    may use. *)

val servers : Init.Supervisor.t -> unit -> string
(** A line for each server, see {!server}. *)

val server : Init.Supervisor.server -> string
(** A line: its name, state, process, how often it was started, last status. *)

val state : Programs.t -> Init.Supervisor.server -> unit -> string
(** {!server}, and, while it runs, a line of what it and its children have and have used, and one of what they may have. *)
