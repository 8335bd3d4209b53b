(* SPDX-License-Identifier: ISC *)

(* A server: each reading of /scheme/ticker/count is one more; to write a number to /scheme/ticker/set begins there. *)

let count = ref 0

let open_ ~path _ =
  match path with
  | "" -> Ok (Served.directory [ "count"; "set" ])
  | "count" ->
      incr count;
      Ok (Served.text (Printf.sprintf "%d\n" !count))
  | "set" ->
      Ok
        (Served.command (fun text ->
             match int_of_string_opt (String.trim text) with
             | Some n ->
                 count := n;
                 Ok ()
             | None -> Error Served.einval))
  | _ -> Error Served.enoent

let () =
  print_endline "begins to count";
  Served.run "ticker" open_
