(* SPDX-License-Identifier: ISC

   The smallest program: `bactrian run examples/hello.ml`. *)

let () =
  match Array.to_list Sys.argv with
  | [] | [ _ ] -> print_endline "Hello from OCaml"
  | _ :: names -> List.iter (Printf.printf "Hello, %s\n") names
