(* SPDX-License-Identifier: ISC *)

open Scheme
module Supervisor = Init.Supervisor

let memory machine budgets programs () =
  let processes = Programs.used programs and limits = Programs.limits programs in
  Machine.memory_text machine
  ^ Printf.sprintf "free %d\n" (Allotment.free_memory ())
  ^ Scheme_standard.System.heap ()
  ^ String.concat "" (List.map (fun (name, budget) -> Printf.sprintf "%s %d\n" name (Budget.used budget)) budgets)
  ^ Printf.sprintf "processes %d\nprocesses_limit %d\n" processes.used_memory limits.memory

let kib bytes = (bytes + 1023) / 1024
let seconds ns = float ns /. 1e9

(* Those that init or a shell has started by the name they were given, others by their program. *)
let processes supervisor programs () =
  let of_server server = Option.map (fun pid -> (pid, (Supervisor.manifest server).name)) (Supervisor.pid server) in
  let names = List.filter_map of_server (Supervisor.servers supervisor) @ Programs.running programs in
  let line (s : Process.Tender.statistics) =
    Printf.sprintf "%5d %5d %7d %7d %6dK %8.2f %s\n" s.number s.parent s.threads s.handles (kib s.memory) (seconds s.cpu_ns)
      (Option.value (List.assoc_opt s.number names) ~default:s.program)
  in
  let used = Programs.used programs and limits = Programs.limits programs in
  "  PID  PPID THREADS HANDLES  MEMORY      CPU COMMAND\n"
  ^ String.concat "" (List.map line (Programs.statistics programs))
  ^ Printf.sprintf "together: tasks %d of %d, handles %d of %d, memory %d of %d KiB\n" used.used_tasks limits.tasks used.used_handles
      limits.handles (kib used.used_memory) (kib limits.memory)

let number = function Some n -> string_of_int n | None -> "-"

let times = function 1 -> "once" | n -> Printf.sprintf "%d times" n

let server server =
  Printf.sprintf "%-16s %-10s pid %s, started %s, last status %s\n" (Supervisor.manifest server).name
    (Supervisor.state_text (Supervisor.state server))
    (number (Supervisor.pid server)) (times (Supervisor.starts server))
    (number (Supervisor.last_status server))

let servers supervisor () = String.concat "" (List.map server (Supervisor.servers supervisor))

let limits ({ memory; handles; tasks; cpu; weight } : Process.Limits.t) =
  let of_number = function n when n = max_int -> "any" | n -> string_of_int n in
  Printf.sprintf "limits: tasks %s, handles %s, memory %s KiB, CPUs %s, weight %d\n" (of_number tasks) (of_number handles)
    (if memory = max_int then "any" else string_of_int (memory / 1024))
    (if cpu = infinity then "any" else Printf.sprintf "%g" cpu)
    weight

(* Of the server and of what it has forked. *)
let live programs pid =
  let all = Programs.statistics programs in
  let those chosen = List.filter chosen all in
  let rec below pid =
    List.concat_map
      (fun (s : Process.Tender.statistics) -> s :: below s.number)
      (those (fun (s : Process.Tender.statistics) -> s.parent = pid))
  in
  let tree = those (fun (s : Process.Tender.statistics) -> s.number = pid) @ below pid in
  let sum f = List.fold_left (fun sum s -> sum + f s) 0 tree in
  match tree with
  | [] -> ""
  | first :: _ ->
    Printf.sprintf "processes %d, threads %d, handles %d, memory %d KiB, CPU %.2f s\n%s" (List.length tree)
      (sum (fun s -> s.threads)) (sum (fun s -> s.handles)) (kib (sum (fun s -> s.memory))) (seconds (sum (fun s -> s.cpu_ns)))
      (limits first.limits)

let state programs one () =
  server one ^ match Supervisor.pid one with Some pid -> live programs pid | None -> ""
