(* SPDX-License-Identifier: ISC *)

open Task

let second_ns = 1_000_000_000
let ns_of seconds = if seconds > max_int / second_ns then max_int else seconds * second_ns

(* 128: the tender itself. *)
let info : Signals.info = { signal = Signals.sigxcpu; code = 128; sender = 0; value = 0L; address = 0 }

type due = Not_yet | Soft | Hard

let rec look p =
  let due =
    locked p.system (fun () ->
        let ns = cpu_ns p and { Resource_limits.soft; hard } = Resource_limits.get p.rlimits Resource_limits.cpu in
        if ns >= ns_of hard then Hard
        else if ns >= ns_of soft then (
          Resource_limits.put_off p.rlimits Resource_limits.cpu;
          Soft)
        else Not_yet)
  in
  match due with
  | Hard -> end_process p (Killed Signals.sigkill)
  | Soft ->
      send p info;
      watch p
  | Not_yet -> watch p

and watch p =
  let timer =
    locked p.system (fun () ->
        if p.gone || (Resource_limits.soft p.rlimits Resource_limits.cpu = max_int && Option.is_none p.cpu_timer) then None
        else (
          if Option.is_none p.cpu_timer then
            p.cpu_timer <- Some (Timers.create ~clock:p.cpu_clock ~expire:(fun () -> look p) ());
          p.cpu_timer))
  in
  let set timer =
    let soft = Resource_limits.soft p.rlimits Resource_limits.cpu in
    (* 0 would be never. *)
    let due = if soft = max_int then 0 else max 1 (ns_of soft) in
    ignore (Timers.set timer ~due ~interval:0)
  in
  Option.iter set timer

let close p = Option.iter Timers.close (locked p.system (fun () -> p.cpu_timer))
