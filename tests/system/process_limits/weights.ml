(* SPDX-License-Identifier: ISC *)

(* Two groups that only compute, with as many processes each as there are CPUs: what they have had after a while. *)

open Process
open Harness

let cpus = Domain.recommended_domain_count ()

let spawn system namespace ?limits arguments =
  match Tender.spawn system ?limits ~namespace "/program" ~arguments:("program" :: arguments) with
  | Ok p -> p
  | Error reason -> failwith reason

let used system p =
  let pid = Tender.pid p in
  List.fold_left
    (fun sum (s : Tender.statistics) -> if s.number = pid || s.parent = pid then sum + s.cpu_ns else sum)
    0 (Tender.statistics system)

let several system namespace weight =
  spawn system namespace ~limits:(Limits.make ~weight ()) [ "g"; string_of_int cpus ]

(* What each of them has in that time. *)
let during system seconds all =
  let before = List.map (used system) all in
  let (), elapsed = elapsed (fun () -> Picos.Fiber.sleep ~seconds) in
  (List.map2 (fun p before -> float (used system p - before) *. 1e-9) all before, elapsed)

let end_all all =
  List.iter Tender.end_tree all;
  List.iter Tender.wait_for_tree all

let run namespace ~ticks =
  let system = Tender.create () in
  let heavy = several system namespace 300 and light = several system namespace 100 in
  let all = [ heavy; light ] in
  await (fun () -> (Tender.used_by_tree heavy).used_tasks = cpus && (Tender.used_by_tree light).used_tasks = cpus);
  let before = Atomic.get ticks in
  let had, seconds = during system 2. all in
  let ratio = List.nth had 0 /. List.nth had 1 and sum = List.fold_left ( +. ) 0. had in
  (* A slice, and what the host does to a virtual CPU meanwhile, come on top. *)
  if ratio < 2.5 || ratio > 3.6 then Printf.printf "%.2f s and %.2f s\n" (List.nth had 0) (List.nth had 1);
  check "three times as much for three times the weight" (ratio >= 2.5 && ratio <= 3.6);
  if sum < 0.8 *. seconds *. float cpus then Printf.printf "%.2f s of %.2f\n" sum seconds;
  check "and nothing is left unused" (sum >= 0.8 *. seconds *. float cpus);
  check "a driver goes on" (Atomic.get ticks > before + 10);
  (* One that asks for little gets it beside them. *)
  check "so does another process" (Tender.wait (spawn system namespace [ "N" ]) = Exited 0);
  end_all [ light ];
  let had, seconds = during system 0.5 [ heavy ] in
  check "all for the one that is left" (List.hd had >= 0.8 *. seconds *. float cpus);
  end_all [ heavy ];
  Tender.close system
