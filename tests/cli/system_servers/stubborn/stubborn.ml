(* SPDX-License-Identifier: ISC *)

(* Does not end when asked to. *)

let () =
  Sys.set_signal Sys.sigterm Signal_ignore;
  while true do
    Unix.sleepf 0.01
  done
