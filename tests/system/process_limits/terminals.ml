(* SPDX-License-Identifier: ISC *)

(* What is a terminal for a process: a stream that answers as the console does. *)

open Scheme
open Process
open Harness

let terminal () =
  let mode = Atomic.make "lines" in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Call { text = ("lines" | "keys") as text; _ } ->
        Atomic.set mode text;
        Ok { text; handles = [] }
    | Call { text = "mode"; _ } -> Ok { text = Atomic.get mode; handles = [] }
    | Stat -> Ok (Stat.make Stream)
    | Close -> Ok ()
    | _ -> Error Error.Unsupported
  in
  (Open_file.of_handle (ok (Handle.make { seekable = false; perform })), mode)

let enotty = 25

let run namespace =
  let system = Tender.create () in
  let asks file =
    match Tender.spawn system ~files:[ (0, file) ] ~namespace "/program" ~arguments:[ "program"; "y" ] with
    | Ok p -> Tender.wait p
    | Error reason -> failwith reason
  in
  let file, mode = terminal () in
  check "a terminal" (asks file = Exited 0 && Atomic.get mode = "keys");
  let stream, _ = counting () in
  check "another stream" (asks stream = Exited enotty);
  Tender.close system
