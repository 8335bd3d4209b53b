(* SPDX-License-Identifier: ISC *)

(** Runs scripts: what a shell is without a person. *)

open Scheme

type t
(** A shell: a working directory, variables, jobs, and a namespace that its commands get. *)

type streams = { input : Handle.t; output : Handle.t; error : Handle.t }

val create :
  ?cwd:Path.t ->
  ?variables:(string * string) list ->
  ?name:string ->
  ?arguments:string list ->
  ?find:(Process.t -> string -> Process.command option) ->
  namespace:Namespace.t ->
  tasks:Tasks.t ->
  commands:(string * Process.command) list ->
  unit ->
  t
(** [commands] are those that it finds by their names, beside its own: [cd], [exit], [export], [set], [unset], [read], [.],
    [jobs], [wait], [fg], [shift], [break], [continue], [true], [false], [sh]. What is not among them [find] may know: it gets what
    the command would get (default: nothing is found). *)

val run : t -> streams -> string -> [ `Done of int | `Exit of int | `Incomplete ]
(** Reads and runs a text; the status of its last command, or that of [exit]. Of a text that is wrong it complains; [`Incomplete]
    is one that could be the beginning of a right one, and nothing of it has run. If the fiber is canceled meanwhile, the
    commands in the foreground are killed, and it raises when they have ended. *)

val run_script : t -> streams -> string -> int
(** {!run} of a text that is all there is. *)

val status : t -> int
val set_status : t -> int -> unit
val cwd : t -> Path.t
val namespace : t -> Namespace.t
val variable : t -> string -> string option
val command_names : t -> string list

val ended_jobs : t -> (int * int * string) list
(** Jobs that have ended since this was last asked: number, status, text. *)

val kill_jobs : t -> unit
(** Kills what runs in the background, and waits for it. *)
