(* SPDX-License-Identifier: ISC *)

(** The commands that the system's shell has beside those of {!Shell.Commands}: [poweroff], [service], [ps], [sync]. *)

val all : (string * Shell.Process.command) list
