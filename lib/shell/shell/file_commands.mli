(* SPDX-License-Identifier: ISC *)

(** Commands about files: ls, cat, cp, mv, rm, mkdir, rmdir, ln, touch, tee, pwd. *)

val all : (string * Process.command) list
