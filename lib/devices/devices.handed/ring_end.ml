(* SPDX-License-Identifier: ISC *)

exception Malformed of string

type item = { token : int64; buffer : int; length : int; kind : int }

type t = {
  memory : Memory.t;
  at : int;
  capacity : int;
  mutable position : int;
  mutable taken : int;  (** of those that were put: all before that one *)
}

(* nucleus_data_stack *)
let magic = 0x6b637473
let capacity_at = 4
let tail_at = 64
let head_at = 128
let items_at = 256

(* nucleus_data_item, whose first word is the sequence *)
let item_size = 32
let fields_at = 8
let fields_size = 24
let size capacity = items_at + (capacity * item_size)

let format memory at capacity =
  memory.Memory.write at (Bytes.make items_at '\000') 0 items_at;
  Memory.set32 memory (at + capacity_at) capacity;
  for i = 0 to capacity - 1 do
    Memory.set64 memory (at + items_at + (i * item_size)) i
  done;
  Memory.set32 memory at magic

let create memory at capacity = { memory; at; capacity; position = 0; taken = 0 }
let slot t n = t.at + items_at + (n mod t.capacity * item_size)
let sequence t n = Memory.get64 t.memory (slot t n)
let malformed what = raise (Malformed what)

let get t =
  let n = t.position in
  let sequence = sequence t n in
  if sequence = n then None
  else if sequence <> n + 1 then malformed "a slot is nobody's"
  else begin
    let fields = Bytes.create fields_size in
    t.memory.read (slot t n + fields_at) fields 0 fields_size;
    Memory.set64 t.memory (slot t n) (n + t.capacity);
    t.position <- n + 1;
    Memory.set64 t.memory (t.at + head_at) t.position;
    let word32 at = Int32.to_int (Bytes.get_int32_le fields at) land 0xffff_ffff in
    let buffer = Option.value (Int64.unsigned_to_int (Bytes.get_int64_le fields 8)) ~default:min_int in
    Some { token = Bytes.get_int64_le fields 0; buffer; length = word32 16; kind = word32 20 }
  end

let rec unread t =
  if t.taken < t.position then begin
    let sequence = sequence t t.taken in
    if sequence = t.taken + t.capacity then begin
      t.taken <- t.taken + 1;
      unread t
    end
    else if sequence = t.taken + 1 then t.position - t.taken
    else malformed "a slot is nobody's"
  end
  else 0

let put t { token; buffer; length; kind } =
  let n = t.position in
  if sequence t n <> n then malformed "a slot is not free";
  let fields = Bytes.create fields_size in
  Bytes.set_int64_le fields 0 token;
  Bytes.set_int64_le fields 8 (Int64.of_int buffer);
  Bytes.set_int32_le fields 16 (Int32.of_int length);
  Bytes.set_int32_le fields 20 (Int32.of_int kind);
  t.memory.write (slot t n + fields_at) fields 0 fields_size;
  Memory.set64 t.memory (slot t n) (n + 1);
  t.position <- n + 1;
  Memory.set64 t.memory (t.at + tail_at) t.position
