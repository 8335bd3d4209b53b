(* SPDX-License-Identifier: ISC *)

open Scheme

type t = {
  limits : Limits.t;
  memory : Budget.t;
  handles : Budget.t;
  tasks : Budget.t;
  cpu : Cpu_share.t;
  share : Turns.share;
  within : t option;
}

let create ?within (limits : Limits.t) =
  let budget part n = Budget.create ?within:(Option.map part within) n in
  {
    limits;
    memory = budget (fun t -> t.memory) (limits.memory / Space.page_size);
    handles = budget (fun t -> t.handles) limits.handles;
    tasks = budget (fun t -> t.tasks) limits.tasks;
    cpu = Cpu_share.create ?within:(Option.map (fun t -> t.cpu) within) limits.cpu;
    share = Turns.share ?within:(Option.map (fun t -> t.share) within) limits.weight;
    within;
  }

let rec memory_left t =
  let around, around_now = match t.within with Some within -> memory_left within | None -> (max_int, max_int) in
  if t.limits.memory = max_int then (around, around_now)
  else
    let now = t.limits.memory - (Budget.used t.memory * Space.page_size) in
    (min around t.limits.memory, min around_now now)

let rec effective t : Limits.t =
  match t.within with
  | None -> t.limits
  | Some within ->
      let around = effective within and here = t.limits in
      {
        memory = min here.memory around.memory;
        handles = min here.handles around.handles;
        tasks = min here.tasks around.tasks;
        cpu = Float.min here.cpu around.cpu;
        weight = here.weight;
      }
