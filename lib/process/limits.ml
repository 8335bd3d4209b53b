(* SPDX-License-Identifier: ISC *)

type t = { memory : int; handles : int; tasks : int; cpu : float; weight : int }

let most_weight = 10_000
let none = { memory = max_int; handles = max_int; tasks = max_int; cpu = infinity; weight = Turns.usual_weight }

let make ?(memory = none.memory) ?(handles = none.handles) ?(tasks = none.tasks) ?(cpu = none.cpu) ?(weight = none.weight) () =
  if memory <= 0 || handles <= 0 || tasks <= 0 || (not (cpu > 0.)) || weight < 1 || weight > most_weight then invalid_arg "Limits.make";
  { memory; handles; tasks; cpu; weight }
