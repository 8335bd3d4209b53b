(* SPDX-License-Identifier: ISC *)

type memory = (int, Bigarray.int_elt, Bigarray.c_layout) Bigarray.Array1.t
type t = { memory : memory; capacity : int }

external size_for : int -> int = "picox_data_stack_size" [@@noalloc]
external format : memory -> int -> unit = "picox_data_stack_format" [@@noalloc]
external put : memory -> int -> int array -> int -> int = "picox_data_stack_put" [@@noalloc]
external get : memory -> int -> int array -> int -> int = "picox_data_stack_get" [@@noalloc]
external can_get : memory -> int -> bool = "picox_data_stack_can_get" [@@noalloc]
external can_put : memory -> int -> bool = "picox_data_stack_can_put" [@@noalloc]
external depth : memory -> int -> int = "picox_data_stack_depth" [@@noalloc]
external waits : memory -> int -> bool -> bool -> unit = "picox_data_stack_waits" [@@noalloc]

let words = 4

let create capacity =
  let size = size_for capacity in
  if size = 0 then invalid_arg "Picox_data_stack: the capacity is no power of two up to 2^20";
  let memory = Bigarray.Array1.create Int C_layout (size / 8) in
  format memory capacity;
  { memory; capacity }

let capacity t = t.capacity

(* The stubs trust the array's length. *)
let check items count = if count < 0 || count * words > Array.length items then invalid_arg "Picox_data_stack: count"

let put t items count =
  check items count;
  put t.memory t.capacity items count

let get t items most =
  check items most;
  get t.memory t.capacity items most

let can_get t = can_get t.memory t.capacity
let can_put t = can_put t.memory t.capacity
let depth t = depth t.memory t.capacity
let getter_waits t waiting = waits t.memory t.capacity true waiting
let putter_waits t waiting = waits t.memory t.capacity false waiting
