(* SPDX-License-Identifier: ISC *)

open Scheme
module Supervisor = Init.Supervisor

external free_memory : unit -> int = "kernel_free_memory"

let memory machine budgets () =
  Machine.memory_text machine
  ^ Printf.sprintf "free %d\n" (free_memory ())
  ^ Scheme_standard.System.heap ()
  ^ String.concat "" (List.map (fun (name, budget) -> Printf.sprintf "%s %d\n" name (Budget.used budget)) budgets)

let processes supervisor programs () =
  let of_server server =
    Option.map (fun pid -> (pid, (Supervisor.manifest server).name)) (Supervisor.pid server)
  in
  let all = List.filter_map of_server (Supervisor.servers supervisor) @ Programs.running programs in
  "  PID COMMAND\n" ^ String.concat "" (List.map (fun (pid, name) -> Printf.sprintf "%5d %s\n" pid name) (List.sort compare all))

let number = function Some n -> string_of_int n | None -> "-"

let server server =
  Printf.sprintf "%-16s %-10s pid %s, started %d times, last status %s\n" (Supervisor.manifest server).name
    (Supervisor.state_text (Supervisor.state server))
    (number (Supervisor.pid server)) (Supervisor.starts server)
    (number (Supervisor.last_status server))

let servers supervisor () = String.concat "" (List.map server (Supervisor.servers supervisor))
