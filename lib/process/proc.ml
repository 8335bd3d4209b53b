(* SPDX-License-Identifier: ISC *)

open Task
open Scheme
module Tree = Scheme_standard.Tree

let page_kib = Space.page_size / 1024
let ticks ns = ns / 10_000_000

let comm p =
  match List.find_opt (fun (thread : thread) -> thread.id = p.pid) p.threads with
  | Some first -> name_of p first
  | None -> name_of_program p

let state p = if p.gone then "Z" else if p.stopped <> 0 then "T" else "S"
let parent p = match p.parent with Some parent -> parent.pid | None -> 0

(* Of one process. *)

type counts = { threads : int; ns : int; resident : int; mapped : int }

let counts p =
  let threads, ns = locked p.system (fun () -> (List.length p.threads, cpu_ns p)) in
  { threads; ns; resident = Memory.pages p.memory; mapped = Memory.size p.memory / Space.page_size }

let stat p =
  let c = counts p in
  let head = Printf.sprintf "%d (%s) %s %d %d %d 0 -1 0" p.pid (comm p) (state p) (parent p) p.group p.session in
  let times = [ 0; 0; 0; 0; ticks c.ns; 0; ticks p.children_ns; 0; 20 + p.nice; p.nice; c.threads; 0; ticks p.began_ns ] in
  let rest = [ c.mapped * Space.page_size; c.resident ] @ List.init 28 (fun _ -> 0) in
  head ^ String.concat "" (List.map (Printf.sprintf " %d") (times @ rest)) ^ "\n"

let statm p =
  let c = counts p in
  Printf.sprintf "%d %d 0 0 0 0 0\n" c.mapped c.resident

let status p =
  let c = counts p in
  String.concat ""
    (List.map
       (fun (name, value) -> name ^ ":\t" ^ value ^ "\n")
       [
         ("Name", comm p);
         ("State", state p);
         ("Tgid", string_of_int p.pid);
         ("Pid", string_of_int p.pid);
         ("PPid", string_of_int (parent p));
         ("Uid", "0\t0\t0\t0");
         ("Gid", "0\t0\t0\t0");
         ("VmSize", Printf.sprintf "%8d kB" (c.mapped * page_kib));
         ("VmRSS", Printf.sprintf "%8d kB" (c.resident * page_kib));
         ("Threads", string_of_int c.threads);
       ])

let maps p =
  let line (range : Regions.range) =
    let rights = (range.rights :> int) in
    let flag bit letter = if rights land bit <> 0 then letter else "-" in
    let shared = match range.content with Shared _ -> "s" | _ -> "p" in
    Printf.sprintf "%x-%x %s%s%s%s 00000000 00:00 0\n" range.start range.stop (flag 1 "r") (flag 2 "w") (flag 4 "x") shared
  in
  String.concat "" (List.map line (Memory.ranges p.memory))

let cmdline p = String.concat "" (List.map (fun text -> text ^ "\000") p.arguments)

(* What a descriptor is of: a link elsewhere, a line with a path here. *)
let describe (t : Open_file.t) =
  match t.content with Of_scheme { path; _ } -> Path.to_string path | Own _ -> Printf.sprintf "own:[%d]" t.id

let descriptors p =
  Tree.Generated
    {
      list = (fun () -> List.map string_of_int (Descriptors.numbers p.files));
      find =
        (fun name ->
          Option.bind (int_of_string_opt name) (fun fd ->
              Option.map (fun t -> Tree.text (fun () -> describe t ^ "\n")) (Descriptors.find p.files fd)));
    }

let of_process p =
  let text f = Tree.text (fun () -> f p) in
  Tree.Directory
    [
      ("cmdline", text cmdline);
      ("comm", text (fun p -> comm p ^ "\n"));
      ("fd", descriptors p);
      ("maps", text maps);
      ("stat", text stat);
      ("statm", text statm);
      ("status", text status);
    ]

(* Of all: as far as the one who asks may know. *)

let tree_of p = locked p.system (fun () -> List.filter (fun q -> q.root = p.root && not q.gone) p.system.processes)

let meminfo p () =
  let total, free = memory_left p in
  let line name bytes = Printf.sprintf "%-16s%8d kB\n" (name ^ ":") (bytes / 1024) in
  line "MemTotal" total ^ line "MemFree" free ^ line "MemAvailable" free ^ line "Buffers" 0 ^ line "Cached" 0
  ^ line "SwapTotal" 0 ^ line "SwapFree" 0

let all_ns p = List.fold_left (fun sum q -> sum + locked p.system (fun () -> cpu_ns q)) 0 (tree_of p)
let cpus = Domain.recommended_domain_count ()

(* Time in user mode, and all that is left of all CPUs'. *)
let all_stat p () =
  let used = ticks (all_ns p) in
  let idle = max 0 ((ticks (Vcpu.now ()) * cpus) - used) in
  Printf.sprintf "cpu  %d 0 0 %d 0 0 0 0 0 0\nbtime 0\nprocesses %d\n" used idle p.system.next_id

let loadavg p () =
  let count = List.length (tree_of p) in
  Printf.sprintf "0.00 0.00 0.00 1/%d %d\n" count p.pid

let uptime () =
  let seconds = float (Vcpu.now ()) *. 1e-9 in
  Printf.sprintf "%.2f 0.00\n" seconds

let general p =
  [
    ("loadavg", Tree.text (loadavg p));
    ("meminfo", Tree.text (meminfo p));
    ("mounts", Tree.text (fun () -> "file / redoxfs rw 0 0\n"));
    ("stat", Tree.text (all_stat p));
    ("uptime", Tree.text uptime);
  ]

let find p name =
  match List.assoc_opt name (general p) with
  | Some _ as found -> found
  | None when name = "self" -> Some (of_process p)
  | None ->
      Option.map of_process (List.find_opt (fun q -> string_of_int q.pid = name) (tree_of p))

let list p () = ("self" :: List.map (fun q -> string_of_int q.pid) (tree_of p)) @ List.map fst (general p)
let service p = Tree.service (Generated { list = (fun () -> list (p ()) ()); find = (fun name -> find (p ()) name) })
let front = "/proc"
let links = "/proc/self/fd/"

let descriptor path =
  if not (String.starts_with ~prefix:links path) then None
  else int_of_string_opt (String.sub path (String.length links) (String.length path - String.length links))

let read_descriptor p path =
  match Option.bind (descriptor path) (Descriptors.find p.files) with
  | Some t -> Ok (describe t)
  | None -> Error Errno.enoent

let rename path =
  if path = front || String.starts_with ~prefix:(front ^ "/") path then "/scheme" ^ path else path
