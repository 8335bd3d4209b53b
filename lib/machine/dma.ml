(* SPDX-License-Identifier: ISC *)

type t = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

external create_bytes : int -> t = "machine_dma_create"
external view : int -> int -> t = "machine_dma_view"
external bus : t -> (int[@untagged]) = "machine_dma_bus_boxed" "machine_dma_bus" [@@noalloc]
external free : t -> unit = "machine_dma_give_up" [@@noalloc]

(* Checked against the first dimension by the compiler's own code. *)
external get_char : t -> int -> char = "%caml_ba_ref_1"
external set_char : t -> int -> char -> unit = "%caml_ba_set_1"
external get16 : t -> int -> int = "%caml_bigstring_get16"
external get_int32 : t -> int -> int32 = "%caml_bigstring_get32"
external get64 : t -> int -> int64 = "%caml_bigstring_get64"
external set16 : t -> int -> int -> unit = "%caml_bigstring_set16"
external set_int32 : t -> int -> int32 -> unit = "%caml_bigstring_set32"
external set64 : t -> int -> int64 -> unit = "%caml_bigstring_set64"
external size : t -> int = "%caml_ba_dim_1"

external from_bytes : Bytes.t -> (int[@untagged]) -> t -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "machine_dma_from_bytes_boxed" "machine_dma_from_bytes"
[@@noalloc]

external to_bytes : t -> (int[@untagged]) -> Bytes.t -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "machine_dma_to_bytes_boxed" "machine_dma_to_bytes"
[@@noalloc]

external copy : t -> (int[@untagged]) -> t -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "machine_dma_copy_boxed" "machine_dma_copy"
[@@noalloc]

external fill_bytes : t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> unit
  = "machine_dma_fill_boxed" "machine_dma_fill"
[@@noalloc]

let max_size = 4 lsl 20

let create size =
  if size <= 0 || size > max_size then invalid_arg "Machine.Dma.create: the size";
  create_bytes size

let is_freed t = size t = 0

let bus_address t =
  if is_freed t then invalid_arg "Machine.Dma.bus_address: the buffer is freed";
  bus t

let fits offset length size = offset >= 0 && length >= 0 && offset <= size - length
let check t offset length = if not (fits offset length (size t)) then invalid_arg "Machine.Dma: out of the buffer"
let get8 t offset = Char.code (get_char t offset)
let set8 t offset n = set_char t offset (Char.unsafe_chr (n land 0xff))
let get32 t offset = Int32.to_int (get_int32 t offset) land 0xffff_ffff
let set32 t offset n = set_int32 t offset (Int32.of_int n)

let check_bytes bytes offset length =
  if not (fits offset length (Bytes.length bytes)) then invalid_arg "Machine.Dma: out of the bytes"

let blit_from_bytes from from_offset t offset length =
  check_bytes from from_offset length;
  check t offset length;
  from_bytes from from_offset t offset length

let blit_from_string from = blit_from_bytes (Bytes.unsafe_of_string from)

let blit_to_bytes t offset bytes bytes_offset length =
  check t offset length;
  check_bytes bytes bytes_offset length;
  to_bytes t offset bytes bytes_offset length

let blit from from_offset t offset length =
  check from from_offset length;
  check t offset length;
  copy from from_offset t offset length

let fill t offset length byte =
  check t offset length;
  fill_bytes t offset length (Char.code byte)

let sub_string t offset length =
  check t offset length;
  let bytes = Bytes.create length in
  blit_to_bytes t offset bytes 0 length;
  Bytes.unsafe_to_string bytes
