(* SPDX-License-Identifier: ISC *)

open Task

(* Nobody's lock is taken: who holds one may be the reason. What is read without may be of several moments. *)

let is_in_user_mode v = match Vcpu.fp_state v with _ -> false | exception Invalid_argument _ -> true

let of_thread (thread : thread) =
  let v = thread.vcpu in
  let place =
    if is_in_user_mode v then "in user mode"
    else if Wait.is_asking thread.sleeper then "asks a scheme"
    else if Wait.is_waiting thread.sleeper then "waits"
    else "in the tender"
  in
  Printf.sprintf "    thread %d: %s, pc %x, number %d, arguments %x %x %x%s%s, has run %d us\n" thread.id place (Vcpu.pc v) (Vcpu.call_number v)
    (Vcpu.argument v 0) (Vcpu.argument v 1) (Vcpu.argument v 2)
    (if thread.leaving then ", leaves" else "")
    (if Wait.should_stop thread.sleeper then ", is to stop" else "")
    (thread_ns thread / 1000)

let of_process p =
  let status =
    match p.status with
    | None -> "goes on"
    | Some (Exited code) -> Printf.sprintf "exits with %d" code
    | Some (Killed signal) -> Printf.sprintf "killed by %d" signal
  in
  let parent = match p.parent with Some parent -> parent.pid | None -> 0 in
  Printf.sprintf "  process %d of %d: %s%s%s%s\n" p.pid parent status
    (if p.gone then ", gone" else if p.ending <> "" then ", gives back: " ^ p.ending else "")
    (if p.stopped <> 0 then Printf.sprintf ", stopped by %d" p.stopped else "")
    (if p.dumps <> 0 then ", dumped" else "")
  ^ String.concat "" (List.map of_thread p.threads)

let text system = String.concat "" (List.rev_map of_process system.processes)
