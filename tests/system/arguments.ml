(* SPDX-License-Identifier: ISC
   Arguments arrive as given: spaces, an empty one, bytes that are not ASCII, something like an option.
   run: args='one|two words||caf\xc3\xa9|--help|-- x=1' *)

let () =
  Printf.printf "%d arguments\n" (Array.length Sys.argv - 1);
  Array.iteri (fun i s -> if i > 0 then Printf.printf "%d %S\n" i s) Sys.argv
