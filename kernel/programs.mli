(* SPDX-License-Identifier: ISC *)

(** Programs of the file system as processes: user unikernels for shells, server unikernels for init. What a process reaches is its
    namespace. *)

open Scheme

type t

val create : log:(string -> unit) -> Allotment.t -> t

val mapped : t -> Process.Shared.registry
(** Of the memory that they have in common. *)

val running : t -> (int * string) list
(** What shells have started, by process number. *)

val statistics : t -> Process.Tender.statistics list
(** Of all processes. *)

val signal : t -> int -> int -> bool
(** {!Process.Tender.signal}. *)

val new_number : t -> int
(** For what is to have a number that no process has. *)

val used : t -> Process.Tender.used
(** By all processes together. *)

val limits : t -> Process.Limits.t
(** Of all together. *)

val find : t -> Shell.Process.t -> string -> Shell.Process.command option
(** For shells: the command that runs the program of this name; one without a slash is looked for in the folders of the
    variable [PATH] (default [/bin]). Its streams are the descriptors 0, 1 and 2. When the command is killed, so is all that it has
    forked. *)

val start :
  t ->
  all:Namespace.t ->
  namespace:Namespace.t ->
  log:(string -> unit) ->
  Init.Manifest.t ->
  (Init.Supervisor.running, string) result
(** For init: the program is found in [all], and reaches [namespace]. Descriptors: 0 is empty, what comes to 1 and 2 is logged by lines. *)

val close : t -> unit
(** Ends all that are left. *)
