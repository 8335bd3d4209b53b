(* SPDX-License-Identifier: ISC *)

(* Ends when asked to, and says so. *)

exception Asked

let () =
  Sys.set_signal Sys.sigterm (Signal_handle (fun _ -> raise Asked));
  try
    while true do
      Unix.sleepf 0.05
    done
  with Asked -> print_endline "goodbye"
