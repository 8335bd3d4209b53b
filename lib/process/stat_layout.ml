(* SPDX-License-Identifier: ISC *)

open Scheme

type t = {
  device : int;
  inode : int;
  mode : int;
  links : int;
  size : int;
  allocated : int;
  accessed_ns : int;
  modified_ns : int;
  changed_ns : int;
  created_ns : int;
}

let type_mask = 0o170000
let directory = 0o040000
let character = 0o020000
let regular = 0o100000
let link = 0o120000

let mode (stat : Stat.t) =
  let without_writing mode = if stat.read_only then mode land lnot 0o222 else mode in
  match stat.kind with
  | File -> regular lor without_writing 0o755
  | Directory -> directory lor without_writing 0o755
  | Link -> link lor 0o777
  | Stream | Event_set -> character lor 0o666

(* A number for each scheme. *)
let device_of_scheme name = 1 + (Hashtbl.hash name land 0xffff)

let of_stat ~scheme (stat : Stat.t) =
  {
    device = device_of_scheme scheme;
    inode = stat.id;
    mode = mode stat;
    links = stat.links;
    size = stat.size;
    allocated = stat.allocated;
    accessed_ns = stat.accessed_ns;
    modified_ns = stat.modified_ns;
    changed_ns = stat.changed_ns;
    created_ns = stat.created_ns;
  }

let of_own ~id ~mode =
  {
    device = 0;
    inode = id;
    mode;
    links = 1;
    size = 0;
    allocated = 0;
    accessed_ns = 0;
    modified_ns = 0;
    changed_ns = 0;
    created_ns = 0;
  }

let block_size = 4096
let u64 bytes at n = Bytes.set_int64_le bytes at (Int64.of_int n)
let u32 bytes at n = Bytes.set_int32_le bytes at (Int32.of_int n)
let blocks t = (t.allocated + 511) / 512

(* What both have at the same places. *)
let common bytes t =
  u64 bytes 0 t.device;
  u64 bytes 8 t.inode;
  u64 bytes 48 t.size;
  u64 bytes 56 block_size;
  u64 bytes 64 (blocks t);
  User.set_pair bytes 72 t.accessed_ns ~unit_ns:1;
  User.set_pair bytes 88 t.modified_ns ~unit_ns:1;
  User.set_pair bytes 104 t.changed_ns ~unit_ns:1

let stat =
  if Space.machine = 62 then (fun t ->
    let bytes = Bytes.make 144 '\000' in
    common bytes t;
    u64 bytes 16 t.links;
    u32 bytes 24 t.mode;
    bytes)
  else fun t ->
    let bytes = Bytes.make 128 '\000' in
    common bytes t;
    u32 bytes 16 t.mode;
    u32 bytes 20 t.links;
    bytes

let basic_and_created = 0xfff

let statx t =
  let bytes = Bytes.make 256 '\000' in
  let time at ns =
    u64 bytes at (ns / 1_000_000_000);
    u32 bytes (at + 8) (ns mod 1_000_000_000)
  in
  u32 bytes 0 basic_and_created;
  u32 bytes 4 block_size;
  u32 bytes 16 t.links;
  Bytes.set_uint16_le bytes 28 t.mode;
  u64 bytes 32 t.inode;
  u64 bytes 40 t.size;
  u64 bytes 48 (blocks t);
  time 64 t.accessed_ns;
  time 80 t.created_ns;
  time 96 t.changed_ns;
  time 112 t.modified_ns;
  u32 bytes 140 t.device;
  bytes

let tmpfs_magic = 0x01021994

let statfs () =
  let bytes = Bytes.make 120 '\000' in
  u64 bytes 0 tmpfs_magic;
  u64 bytes 8 block_size;
  u64 bytes 64 Path.max_name;
  u64 bytes 72 block_size;
  bytes

(* Entries of directories. *)

let entry_type : Stat.kind -> int = function File -> 8 | Directory -> 4 | Link -> 10 | Stream | Event_set -> 2
let entry_size name = (19 + String.length name + 1 + 7) land lnot 7

let set_entry bytes at ~inode ~next ~kind name =
  let size = entry_size name in
  Bytes.fill bytes at size '\000';
  u64 bytes at inode;
  u64 bytes (at + 8) next;
  Bytes.set_uint16_le bytes (at + 16) size;
  Bytes.set_uint8 bytes (at + 18) (entry_type kind);
  Bytes.blit_string name 0 bytes (at + 19) (String.length name)
