(* SPDX-License-Identifier: ISC *)

(* Who executes a program first writes what he had in common with a file: while its server hangs, others have the CPUs. *)

open Process
open Harness

let cpus = Domain.recommended_domain_count ()

let used system =
  List.fold_left (fun sum (s : Tender.statistics) -> sum + s.cpu_ns) 0 (Tender.statistics system)

(* What others compute meanwhile. Without turns it would be a slice now and then. *)
let others_have namespace ~ns =
  let t = Maps.create (4 * Space.page_size) in
  (* The first read is that of who touches the file first, all others those before something is written. *)
  Atomic.set t.at_read (fun n -> if n > 0 then Atomic.set t.hangs true);
  let namespace = Scheme.Namespace.add namespace "counted" (Maps.service t) in
  let system = Tender.create ~log:ignore () in
  let spawn arguments = Result.get_ok (Tender.spawn system ~namespace "/program" ~arguments:("program" :: arguments)) in
  let busy = spawn [ "g"; string_of_int cpus ] in
  await (fun () -> (Tender.used_by_tree busy).used_tasks = cpus);
  let executing = List.init cpus (fun _ -> spawn [ "q"; Maps.path; "/program" ]) in
  await (fun () -> Atomic.get t.reads > cpus);
  let before = used system in
  Picos.Fiber.sleep ~seconds:0.3;
  let had = used system - before in
  Atomic.set t.at_read ignore;
  Atomic.set t.hangs false;
  List.iter (fun p -> Tender.kill p 9) executing;
  Tender.end_tree busy;
  Tender.close system;
  had >= ns

(* A host that takes the CPUs away for as long is no fault. *)
let rec once ~left f = f () || (left > 0 && once ~left:(left - 1) f)

let run namespace =
  check "others compute while an executing process waits for a server" (once ~left:10 (fun () -> others_have namespace ~ns:100_000_000))
