(* SPDX-License-Identifier: ISC *)

type t = { base : nativeint; size : int }

external read_at : (nativeint[@unboxed]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "machine_mmio_read_boxed" "machine_mmio_read"
[@@noalloc]

external write_at : (nativeint[@unboxed]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "machine_mmio_write_boxed" "machine_mmio_write"
[@@noalloc]

external read64_at : (nativeint[@unboxed]) -> (int[@untagged]) -> (int64[@unboxed])
  = "machine_mmio_read64_boxed" "machine_mmio_read64"
[@@noalloc]

external write64_at : (nativeint[@unboxed]) -> (int[@untagged]) -> (int64[@unboxed]) -> unit
  = "machine_mmio_write64_boxed" "machine_mmio_write64"
[@@noalloc]

external barrier : unit -> unit = "machine_mmio_barrier" [@@noalloc]

let unsafe_at base size = { base; size }
let size t = t.size

let sub t offset length =
  if offset < 0 || length < 0 || offset > t.size - length then invalid_arg "Machine.Mmio.sub";
  { base = Nativeint.add t.base (Nativeint.of_int offset); size = length }

let check t offset width =
  if offset < 0 || offset > t.size - width || (Nativeint.to_int t.base + offset) land (width - 1) <> 0 then invalid_arg "Machine.Mmio: the offset"

let read width t offset =
  check t offset width;
  read_at t.base offset width

let write width t offset value =
  check t offset width;
  write_at t.base offset width value

let read8 t offset = read 1 t offset
let read16 t offset = read 2 t offset
let read32 t offset = read 4 t offset
let write8 t offset value = write 1 t offset value
let write16 t offset value = write 2 t offset value
let write32 t offset value = write 4 t offset value

let read64 t offset =
  check t offset 8;
  read64_at t.base offset

let write64 t offset value =
  check t offset 8;
  write64_at t.base offset value
