(* SPDX-License-Identifier: ISC *)

type t = { base : int; size : int }

external are_there : unit -> bool = "machine_has_ports" [@@noalloc]

external read_at : (int[@untagged]) -> (int[@untagged]) = "machine_port_read_boxed" "machine_port_read" [@@noalloc]

external write_at : (int[@untagged]) -> (int[@untagged]) -> unit = "machine_port_write_boxed" "machine_port_write"
[@@noalloc]

let unsafe_at base size =
  if base < 0 || size < 0 || base > 0x10000 - size then invalid_arg "Machine.Ports.unsafe_at";
  { base; size }

let size t = t.size
let check t offset = if offset < 0 || offset >= t.size then invalid_arg "Machine.Ports: the offset"

let read8 t offset =
  check t offset;
  read_at (t.base + offset)

let write8 t offset value =
  check t offset;
  write_at (t.base + offset) value
