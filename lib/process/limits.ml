(* SPDX-License-Identifier: ISC *)

type t = { memory : int; handles : int; tasks : int; cpu : float }

let none = { memory = max_int; handles = max_int; tasks = max_int; cpu = infinity }

let make ?(memory = none.memory) ?(handles = none.handles) ?(tasks = none.tasks) ?(cpu = none.cpu) () =
  if memory <= 0 || handles <= 0 || tasks <= 0 || not (cpu > 0.) then invalid_arg "Limits.make";
  { memory; handles; tasks; cpu }
