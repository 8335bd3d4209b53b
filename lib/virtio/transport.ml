(* SPDX-License-Identifier: ISC *)

type t = {
  name : string;
  kind : int;
  queues : int;
  features : unit -> int;
  accept : int -> unit;
  status : unit -> int;
  set_status : int -> unit;
  queue_size : int -> int;
  start_queue : int -> entries:int -> descriptors:int -> available:int -> used:int -> unit;
  notify : int -> unit;
  interrupt : int -> Device_interrupt.t;
  changed : Device_interrupt.t;
  shared : (unit -> int) option;
  generation : unit -> int;
  config_size : int;
  config8 : int -> int;
  config16 : int -> int;
  config32 : int -> int;
}

let acknowledged = 1
let driver = 2
let driver_ok = 4
let features_ok = 8
let needs_reset = 64
let failed = 128
