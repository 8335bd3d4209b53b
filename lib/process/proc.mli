(* SPDX-License-Identifier: ISC *)

(** The scheme [proc], which each process has of its own: what [/proc] is elsewhere, of its tree and of nobody else. *)

open Task

val service : (unit -> process) -> Scheme.Service.t
(** [self] and numbers, each with [cmdline], [comm], [fd], [maps], [stat], [statm], [status]; and [meminfo], [loadavg], [uptime],
    [stat], [mounts]. Spec: [man "proc(5)"] *)

val descriptor : string -> int option
(** The number of a path [/proc/self/fd/NUMBER]. *)

val read_descriptor : process -> string -> (string, int) result
(** Where such a link leads. *)

val rename : string -> string
(** A path below [/proc] is one of this scheme. *)
