(* SPDX-License-Identifier: ISC *)

(* Answers what it is asked, until it is asked to hang. *)

let open_ ~path _ =
  match path with
  | "state" -> Ok (Served.text "well\n")
  | "hang" ->
      while true do
        Unix.sleep 1
      done;
      Error Served.eio
  | _ -> Error Served.enoent

let () = Served.run "hung" open_
