(* SPDX-License-Identifier: ISC *)

open Task

let begin_life p (thread : thread) =
  thread.slice_stop <- (if Cpu_share.is_limited p.group_of.cpu then 0 else max_int)

let pay p (thread : thread) =
  let used = thread_ns thread in
  Cpu_share.pay p.group_of.cpu (used - thread.paid_ns);
  thread.paid_ns <- used

(* Its end wakes it, no signal does: one that is handled would only wait further. *)
let rec wait_for_share p (thread : thread) now =
  let from = Cpu_share.until p.group_of.cpu ~now in
  if from > now && not (is_over p || thread.leaving) then (
    ignore (undisturbed thread ~deadline:from [] (fun () -> false));
    wait_for_share p thread (Vcpu.now ()))
  else thread.slice_stop <- now + Cpu_share.slice_ns

let await p (thread : thread) =
  if thread.slice_stop <> max_int then
    let now = Vcpu.now () in
    if now >= thread.slice_stop then (
      pay p thread;
      wait_for_share p thread now)

let end_life p (thread : thread) = if thread.slice_stop <> max_int then pay p thread
