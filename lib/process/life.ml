(* SPDX-License-Identifier: ISC *)

open Task

(* Ends. *)

(* Its children have no parent any more; those that are gone already, nobody will ask for. *)
let forget_orphans system p =
  List.iter (fun child -> match child.parent with Some parent when parent == p -> child.parent <- None | _ -> ()) system.processes;
  drop_processes system (fun q -> q.gone && Option.is_none q.parent)

let is_forgotten parent =
  let { Signals.handler; flags; _ } = Signals.action parent.signals Signals.sigchld in
  handler = Signals.ignore_ || flags land Signals.sa_nocldwait <> 0

(* Whatever fails on the way, it is gone then. What it had in common with files is written last, when all else is given back. *)
let process_is_gone p =
  let system = p.system in
  let part name f =
    p.ending <- name;
    attempt p f
  in
  part "timers" (fun () ->
      Array.iter Timers.close p.timers;
      Cpu_limit.close p);
  part "descriptors" (fun () -> Descriptors.close_all p.files);
  part "locks" (fun () -> File_locks.clear_all system.locks (Process p.pid));
  let written = ref [] in
  part "parts to write" (fun () -> written := Memory.written_parts p.memory);
  part "memory" (fun () -> Memory.clear p.memory);
  part "writing" (fun () -> Write_back.finish system.writing !written);
  p.ending <- "nothing more";
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
  Buffers.give_back thread.slice;
  thread.slice <- Scheme.Slice.empty;
  attempt p (fun () -> Turn.end_life p thread);
  attempt p (fun () ->
      let is_alone = locked p.system (fun () -> List.compare_length_with p.threads 1 = 0) && not (Memory.is_lent p.memory) in
      if thread.clear_tid <> 0 && (not is_alone) && Memory.write_int32_now p.memory thread.clear_tid 0 then
        let futexes, place = Time_calls.futexes_of p thread.clear_tid ~is_private:false in
        ignore (Futexes.wake futexes place ~bits:Futexes.all_bits 1));
  let last =
    locked p.system (fun () ->
        p.ended_ns <- p.ended_ns + thread_ns thread;
        p.threads <- List.filter (fun other -> other != thread) p.threads;
        if p.threads <> [] then Scheme.Budget.give_back p.group_of.tasks 1;
        if p.threads = [] && not (is_over p) then p.status <- Some (Exited 0);
        p.threads = [])
  in
  if last then process_is_gone p else Wait.wake p.children

(* Beginnings. *)

let cpu_ns_of = function Some p -> locked p.system (fun () -> cpu_ns p) | None -> 0

let new_process system ~group_of ~rlimits ~memory ~files ~namespace ~cwd ~program ~arguments ~signals ~parent =
  let self = ref None in
  let timer signal () =
    Option.iter (fun p -> send p { Signals.signal; code = 128; sender = 0; value = 0L; address = 0 }) !self
  in
  let cpu_clock = { Timers.now = (fun () -> cpu_ns_of !self); pace = Domain.recommended_domain_count () } in
  let pid = take_id system in
  let p =
    {
      system;
      group_of;
      began_ns = Vcpu.now ();
      pid;
      memory;
      rlimits;
      futexes = Futexes.create ();
      files;
      namespace = Scheme.Namespace.add namespace "proc" (Proc.service (fun () -> Option.get !self));
      cwd;
      umask = 0o022;
      nice = (match parent with Some parent -> parent.nice | None -> 0);
      program;
      arguments;
      signals;
      cpu_clock;
      cpu_timer = None;
      timers =
        [|
          Timers.create ~expire:(timer Signals.sigalrm) ();
          Timers.create ~clock:cpu_clock ~expire:(timer Signals.sigvtalrm) ();
          Timers.create ~clock:cpu_clock ~expire:(timer Signals.sigprof) ();
        |];
      parent;
      root = (match parent with Some parent -> parent.root | None -> pid);
      group = (match parent with Some parent -> parent.group | None -> pid);
      session = (match parent with Some parent -> parent.session | None -> pid);
      threads = [];
      status = None;
      stopped = 0;
      dumps = 0;
      news = Nothing;
      gone = false;
      ending = "";
      ended_ns = 0;
      children_ns = 0;
      peak_of_children = 0;
      resumed = Wait.queue ();
      children = Wait.queue ();
    }
  in
  self := Some p;
  system.processes <- p :: system.processes;
  p
