(* SPDX-License-Identifier: ISC *)

(** [/scheme/process/NUMBER/signal]: to write a number sends that signal to the process; 0 sends nothing. *)

val service : Programs.t -> Scheme.Service.t
