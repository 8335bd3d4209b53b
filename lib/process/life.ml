(* SPDX-License-Identifier: ISC *)

open Task

(* Ends. *)

(* Its children have no parent any more; those that are gone already, nobody will ask for. *)
let forget_orphans system p =
  List.iter (fun child -> match child.parent with Some parent when parent == p -> child.parent <- None | _ -> ()) system.processes;
  system.processes <- List.filter (fun q -> not (q.gone && q.parent = None)) system.processes

let is_forgotten parent =
  let { Signals.handler; flags; _ } = Signals.action parent.signals Signals.sigchld in
  handler = Signals.ignore_ || flags land Signals.sa_nocldwait <> 0

let process_is_gone p =
  Array.iter Timers.close p.timers;
  Memory.write_back_all p.memory;
  Descriptors.close_all p.files;
  Memory.clear p.memory;
  let system = p.system in
  let parent =
    locked system (fun () ->
        p.gone <- true;
        (match p.parent with Some parent when is_forgotten parent -> p.parent <- None | _ -> ());
        forget_orphans system p;
        p.parent)
  in
  Option.iter
    (fun parent ->
      send parent (Process_calls.child_info p);
      Wait.wake parent.children)
    parent;
  Wait.wake p.resumed;
  Wait.wake system.changed

let thread_is_gone p (thread : thread) =
  if thread.clear_tid <> 0 && Memory.write_int32 p.memory thread.clear_tid 0 then
    ignore (Futexes.wake p.futexes thread.clear_tid ~bits:Futexes.all_bits 1);
  let last =
    locked p.system (fun () ->
        p.threads <- List.filter (fun other -> other != thread) p.threads;
        if p.threads = [] && not (is_over p) then p.status <- Some (Exited 0);
        p.threads = [])
  in
  if last then process_is_gone p else Wait.wake p.children

(* Beginnings. *)

let new_process system ~memory ~files ~namespace ~cwd ~program ~signals ~parent =
  let self = ref None in
  let timer signal () =
    Option.iter (fun p -> send p { Signals.signal; code = 128; sender = 0; value = 0L; address = 0 }) !self
  in
  let pid = take_id system in
  let p =
    {
      system;
      pid;
      memory;
      futexes = Futexes.create ();
      files;
      namespace;
      cwd;
      umask = 0o022;
      program;
      signals;
      timers = Array.map (fun signal -> Timers.create ~expire:(timer signal)) [| 14; 26; 27 |];
      parent;
      root = (match parent with Some parent -> parent.root | None -> pid);
      group = (match parent with Some parent -> parent.group | None -> pid);
      session = (match parent with Some parent -> parent.session | None -> pid);
      threads = [];
      status = None;
      stopped = 0;
      news = Nothing;
      gone = false;
      resumed = Wait.queue ();
      children = Wait.queue ();
    }
  in
  self := Some p;
  system.processes <- p :: system.processes;
  p
