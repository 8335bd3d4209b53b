(* SPDX-License-Identifier: ISC *)

(** The scheme [sys]: what the system tells of itself, a text a file. *)

type t = {
  uname : unit -> string;  (** system, machine *)
  cpu : unit -> string;  (** a line for each processor *)
  memory : unit -> string;  (** lines of a name and a number of bytes: [total], [used], [free] *)
  fibers : unit -> string;  (** a line for each that has a name *)
}

val service : ?more:(string * (unit -> string)) list -> t -> Scheme.Service.t
(** Files [uname], [cpu], [memory], [fibers], [uptime] (seconds since this was called), and [more]. *)

val heap : unit -> string
(** A [memory] of what OCaml's heap knows. *)
