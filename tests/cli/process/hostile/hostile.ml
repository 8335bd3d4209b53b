(* SPDX-License-Identifier: ISC
   A process that does what it must not: hostile list | hostile CLASS [linux] | hostile witness | hostile fuzz SEED CALLS. *)

external run : string array -> int = "hostile_run"

let () = exit (run Sys.argv)
