(* SPDX-License-Identifier: ISC
   The environment is what --env says.
   run: env='COLOUR=green|EMPTY=|SUM=1+1=2' *)

let show name =
  Printf.printf "%s: %s\n" name
    (match Sys.getenv_opt name with None -> "unset" | Some v -> Printf.sprintf "%S" v)

let () =
  List.iter show [ "COLOUR"; "EMPTY"; "SUM"; "NOT_GIVEN" ];
  Unix.putenv "COLOUR" "red";
  show "COLOUR"
