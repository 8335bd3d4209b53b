(* SPDX-License-Identifier: ISC *)

type rights = { write : bool; execute : bool }
type segment = { address : int; memory_size : int; file_offset : int; file_size : int; rights : rights }

type t = {
  segments : segment list;
  movable : bool;
  alignment : int;
  start : int;
  size : int;
  entry : int;
  headers : int option;
  header_count : int;
  stack_size : int option;
}

exception Malformed of string

let bad reason = raise (Malformed reason)
let page_size = 4096
let file_header_size = 64
let header_size = 56
let most_headers = 128

(* What is written into the file, of whatever size, but never as far as an addition of two could overflow. *)
let largest = 1 lsl 40
let u16 file at = String.get_uint16_le file at
let u32 file at = Int32.to_int (String.get_int32_le file at) land 0xffffffff

let u64 file at =
  let number = String.get_int64_le file at in
  if Int64.compare number 0L < 0 || Int64.compare number (Int64.of_int largest) > 0 then bad "a number in it is too large"
  else Int64.to_int number

let page_down n = n land lnot (page_size - 1)
let page_up n = page_down (n + page_size - 1)
let type_load = 1
let type_dynamic_loader = 3
let type_headers = 6
let type_stack = 0x6474e551

type header = {
  kind : int;
  flags : int;
  offset : int;
  address : int;
  file_size : int;
  memory_size : int;
  alignment : int;
}

(* Numbers are looked at only in headers that mean something here: others may hold anything. *)
let header file at =
  let kind = u32 file at in
  if kind <> type_load && kind <> type_headers && kind <> type_stack && kind <> type_dynamic_loader then None
  else
    Some
      {
        kind;
        flags = u32 file (at + 4);
        offset = u64 file (at + 8);
        address = u64 file (at + 16);
        file_size = u64 file (at + 32);
        memory_size = u64 file (at + 40);
        alignment = u64 file (at + 48);
      }

let rec headers file at count =
  if count = 0 then []
  else
    let first = header file at in
    let rest = headers file (at + header_size) (count - 1) in
    match first with Some header -> header :: rest | None -> rest

let segment file { flags; offset; address; file_size; memory_size; alignment; _ } =
  if file_size > memory_size then bad "a segment is larger in the file than in memory";
  if offset > String.length file || file_size > String.length file - offset then bad "it is cut off: a segment lies beyond its end";
  if alignment land (alignment - 1) <> 0 then bad "a segment has an impossible alignment";
  if alignment > 1 && (address - offset) land (min alignment page_size - 1) <> 0 then bad "a segment is not aligned as it says";
  let rights = { write = flags land 2 <> 0; execute = flags land 1 <> 0 } in
  if rights.write && rights.execute then bad "a segment is writable and executable";
  { address; memory_size; file_offset = offset; file_size; rights }

let last_page (s : segment) = page_up (s.address + s.memory_size)

let rec check_order (segments : segment list) =
  match segments with
  | a :: (b :: _ as rest) ->
      if page_down b.address < last_page a then bad "its segments overlap, share a page or are not in ascending order";
      check_order rest
  | _ -> ()

let holds (s : segment) at = at >= s.address && at < s.address + s.memory_size

let checked ~machine file =
  if String.length file < file_header_size then bad "it is cut off within its header";
  if String.sub file 0 4 <> "\x7fELF" then bad "it is no ELF file";
  if String.sub file 4 2 <> "\x02\x01" then bad "it is no 64-bit little-endian ELF file";
  if u16 file 18 <> machine then bad "it is for another kind of processor";
  let movable = match u16 file 16 with 2 -> false | 3 -> true | _ -> bad "it is no executable" in
  let entry = u64 file 24 and headers_at = u64 file 32 in
  if u16 file 54 <> header_size then bad "its program headers have a strange size";
  let header_count = u16 file 56 in
  if header_count = 0 then bad "it has nothing to load";
  if header_count > most_headers then bad "it has too many program headers";
  if headers_at > String.length file - (header_count * header_size) then bad "it is cut off within its program headers";
  let headers = headers file headers_at header_count in
  if List.exists (fun h -> h.kind = type_dynamic_loader) headers then bad "it wants a dynamic loader";
  let loaded = List.filter (fun h -> h.kind = type_load && h.memory_size > 0) headers in
  let segments = List.map (segment file) loaded in
  let alignment = List.fold_left (fun most (h : header) -> max most h.alignment) page_size loaded in
  match segments with
  | [] -> bad "it has nothing to load"
  | first :: _ ->
      check_order segments;
      let start = page_down first.address in
      let last = List.nth segments (List.length segments - 1) in
      let size = last_page last - start in
      let highest = if movable then Space.limit / 4 else Space.limit / 2 in
      if start + size > highest || ((not movable) && start < Space.lowest) then
        bad "it does not lie in the addresses of user mode";
      if movable && alignment > Space.limit / 16 then bad "a segment has an impossible alignment";
      if not (List.exists (fun s -> s.rights.execute && holds s entry) segments) then bad "its entry is not in its code";
      let headers_size = header_count * header_size in
      let in_file (s : segment) = headers_at >= s.file_offset && headers_at + headers_size <= s.file_offset + s.file_size in
      {
        segments;
        movable;
        alignment;
        start;
        size;
        entry;
        headers =
          Option.map (fun (s : segment) -> s.address + headers_at - s.file_offset) (List.find_opt in_file segments);
        header_count;
        stack_size = Option.map (fun (h : header) -> h.memory_size) (List.find_opt (fun h -> h.kind = type_stack) headers);
      }

let parse ~machine file = match checked ~machine file with t -> Ok t | exception Malformed reason -> Error reason
