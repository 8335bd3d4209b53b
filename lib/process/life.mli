(* SPDX-License-Identifier: ISC *)

(** How processes begin and end, but for what runs in them. *)

open Task

val new_process :
  system ->
  group_of:Group.t ->
  rlimits:Resource_limits.t ->
  memory:Memory.t ->
  files:Descriptors.t ->
  namespace:Scheme.Namespace.t ->
  cwd:Scheme.Path.t ->
  program:string ->
  arguments:string list ->
  signals:Signals.shared ->
  parent:process option ->
  process
(** One without threads; a task of the group's has been taken for its first one. Under the system's lock. *)

val thread_is_gone : process -> thread -> unit
(** It runs no more. With the last one the process is gone: its memory and its files are given back, and its parent is told. *)
