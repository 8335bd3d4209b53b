(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

external user_code : unit -> string = "cycles_user_code"

let ok = function Ok value -> value | Error error -> failwith (Error.to_string error)
let once system namespace i =
  let begin_ arguments =
    match Tender.spawn system ~namespace "/program" ~arguments with Ok p -> p | Error reason -> failwith reason
  in
  if Tender.wait (begin_ [ "program" ]) <> Exited 7 then failwith "it ends otherwise";
  if i mod 4 = 0 then (
    let p = begin_ [ "program"; "waits" ] in
    if i mod 8 = 0 then Picos.Fiber.sleep ~seconds:0.002;
    Tender.kill p 9;
    if Tender.wait p <> Killed 9 then failwith "it is not killed")

(* A call that asks for nothing costs no collection: what beginning and ending allocate is much less than a word for each. *)
let check_calls system namespace =
  let calls = 200_000 in
  let before = Gc.minor_words () in
  (match Tender.spawn system ~namespace "/program" ~arguments:[ "program"; "calls"; "often" ] with
  | Ok p -> if Tender.wait p <> Exited 7 then failwith "it ends otherwise"
  | Error reason -> failwith reason);
  let words = Gc.minor_words () -. before in
  if words > float (calls / 2) then Printf.printf "%.0f words for %d calls\n" words calls;
  Printf.printf "calls allocate nothing: %b\n" (words <= float (calls / 2))

let () =
  Picos_mux_thread.run (fun () ->
      let cycles = int_of_string Sys.argv.(1) in
      let namespace = Namespace.add Namespace.empty "file" (Scheme_tmpfs.service (Scheme_tmpfs.create ())) in
      ok (Namespace.write_file namespace "/program" (User_program.executable (user_code ())));
      let system = Tender.create () in
      for i = 1 to 100 do
        once system namespace i
      done;
      let before = User_program.pages_left () in
      for i = 1 to cycles do
        once system namespace i
      done;
      let after = User_program.pages_settled (before - 64) in
      check_calls system namespace;
      Tender.close system;
      if abs (before - after) > 64 then Printf.printf "%d pages before, %d after\n" before after;
      Printf.printf "memory comes back: %b\n" (abs (before - after) <= 64))
