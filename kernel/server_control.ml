(* SPDX-License-Identifier: ISC *)

open Scheme
open Scheme_standard
module Control = Picos_std_structured.Control
module Supervisor = Init.Supervisor

(* Seconds for a part of a core file. *)
let dump_patience = 5.

let control server =
  let write from =
    let text = Loan.use from Slice.to_string in
    let act f =
      f server;
      Ok (String.length text)
    in
    match String.trim text with
    | "start" -> act Supervisor.start
    | "stop" -> act (fun server -> Supervisor.stop server)
    | "kill" -> act Supervisor.kill
    | "restart" ->
        act (fun server ->
            Supervisor.stop server;
            Supervisor.start server)
    | _ -> Error Error.Invalid
  in
  (* Into a file of the client's, so that nobody writes where he could not. Who serves that file may be the server itself, which stands still. *)
  let put file part =
    match Control.terminate_after ~seconds:dump_patience (fun () -> Handle.write_string file part) with
    | answer -> answer
    | exception Control.Terminate ->
        Picos.Fiber.check (Picos.Fiber.current ());
        Error Error.Timed_out
  in
  let call ({ text; handles } : Handle.message) : (Handle.message, Error.t) result =
    Fun.protect ~finally:(fun () -> List.iter Handle.close handles) @@ fun () ->
    match (text, handles) with
    | "dump", [ file ] ->
        Result.map (fun () -> { Request.text = ""; handles = [] }) (Supervisor.dump server (put file))
    | _ -> Error Invalid
  in
  Tree.File (fun (flags : Request.flags) -> if flags.write then Ok (Tree.stream ~write ~call ()) else Error Error.Access)

let service supervisor programs =
  let state server = Facts.state programs server in
  let of_name name =
    Option.map
      (fun server -> Tree.Directory [ ("control", control server); ("state", Tree.text (state server)) ])
      (Supervisor.find supervisor name)
  in
  let names () = List.map (fun server -> (Supervisor.manifest server).name) (Supervisor.servers supervisor) in
  let find = function "all" -> Some (Tree.text (Facts.servers supervisor)) | name -> of_name name in
  Tree.service (Generated { list = (fun () -> "all" :: names ()); find })
