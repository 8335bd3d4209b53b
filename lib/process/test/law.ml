(* SPDX-License-Identifier: ISC *)

let failures = ref 0
let most_told = 20

let check what holds =
  if not holds then (
    incr failures;
    if !failures <= most_told then Printf.printf "FAILED: %s\n%!" what)

let finish name = if !failures > 0 then exit 1 else print_endline (name ^ ": passed")
