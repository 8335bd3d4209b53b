(* SPDX-License-Identifier: ISC *)

open Picos

(* The last one runs on this fiber, and ends as on one of its own. *)
let rec fork_all bundle = function
  | [] -> ()
  | [ action ] -> ( try action () with exn -> Bundle.error bundle exn (Printexc.get_raw_backtrace ()))
  | action :: rest ->
      Bundle.fork bundle action;
      fork_all bundle rest

let all actions = Bundle.join_after (fun bundle -> fork_all bundle actions)

let any actions =
  let body bundle =
    let once action () =
      action ();
      Bundle.terminate bundle
    in
    try fork_all bundle (List.map once actions) with Control.Terminate -> ()
  in
  Bundle.join_after body

let first_or_terminate actions =
  let first = Computation.create () in
  any (List.map (fun action () -> Computation.return first (action ())) actions);
  match Computation.peek first with Some _ -> Computation.peek_exn first | None -> raise Control.Terminate
