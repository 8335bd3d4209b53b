(* SPDX-License-Identifier: ISC *)

external failures : unit -> int = "membarrier_failures"

let () = Printf.printf "calls that failed: %d\n" (failures ())
