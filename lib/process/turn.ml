(* SPDX-License-Identifier: ISC *)

open Task

let slice_ns = Turns.slice_ns

let new_slice ?(length = slice_ns) p (thread : thread) now =
  let stop = now + length in
  thread.slice_stop <- (if thread.is_capped || Turns.is_contended p.system.turns then stop else Vcpu.if_wanted stop)

let begin_life p (thread : thread) =
  thread.is_capped <- Cpu_share.is_limited p.group_of.cpu;
  thread.slice_stop <- (if thread.is_capped then 0 else Vcpu.if_wanted (Vcpu.now () + slice_ns));
  Turns.begin_ thread.turn

(* What it has run since the last time. *)
let pay p (thread : thread) =
  let all = thread_ns thread in
  let used = all - thread.paid_ns in
  Cpu_share.pay p.group_of.cpu used;
  thread.paid_ns <- all;
  used

(* Its end wakes it, no signal does: one that is handled would only wait further. *)
let rec wait_for_share p (thread : thread) now =
  let from = Cpu_share.until p.group_of.cpu ~now in
  if from > now && not (is_over p || thread.leaving) then (
    ignore (undisturbed thread ~deadline:from [] (fun () -> false));
    wait_for_share p thread (Vcpu.now ()))

(* A signal is delivered at once. *)
let wait_for_turn p (thread : thread) =
  if Turns.watch p.system.turns then begin_watch p.system.watch;
  match Wait.until thread.sleeper [ thread.called ] (fun () -> Turns.state thread.turn <> Waiting) with
  | Ready -> ()
  | Stopped | Late -> Turns.insist thread.turn

(* Its group may have used its share up while it waited for its turn. *)
let begin_slice ?length p (thread : thread) =
  if Turns.state thread.turn = Waiting then wait_for_turn p thread;
  if thread.is_capped then wait_for_share p thread (Vcpu.now ());
  new_slice ?length p thread (Vcpu.now ())

let over p (thread : thread) =
  let now = Vcpu.now () in
  match Turns.slice_over thread.turn ~now (pay p thread) with 0 -> begin_slice p thread | length -> begin_slice p thread ~length

let give_up p (thread : thread) =
  Turns.give_up thread.turn ~now:(Vcpu.now ()) (pay p thread);
  begin_slice p thread

let await p (thread : thread) =
  if thread.is_capped then (if Vcpu.now () >= thread.slice_stop then over p thread)
  else if Turns.is_contended p.system.turns then thread.slice_stop <- Vcpu.in_any_case thread.slice_stop

let end_life p (thread : thread) =
  ignore (pay p thread);
  Turns.end_ thread.turn
