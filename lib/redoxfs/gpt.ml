(* SPDX-License-Identifier: ISC *)

type partition = { type_guid : string; name : string; first : int; sectors : int }

let ( let* ) = Result.bind
let sector = 512
let most_entries = 128
let entry_size = 128
let front = (2 * sector) + (most_entries * entry_size)
let data_type = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

(* As in Ethernet (reflected, 0xedb88320). *)
let crc32 text first length =
  let crc = ref 0xffff_ffff in
  for i = first to first + length - 1 do
    crc := !crc lxor Char.code text.[i];
    for _ = 1 to 8 do
      crc := (!crc lsr 1) lxor if !crc land 1 <> 0 then 0xedb8_8320 else 0
    done
  done;
  !crc lxor 0xffff_ffff

let get32 text at = Int32.to_int (String.get_int32_le text at) land 0xffff_ffff

(* What is greater than any disk is [max_int]. *)
let get64 text at =
  match Int64.unsigned_to_int (String.get_int64_le text at) with Some n -> n | None -> max_int

let guid text at =
  let byte i = Char.code text.[at + i] in
  (* The first three numbers are little-endian. *)
  let order = [ 3; 2; 1; 0; -1; 5; 4; -1; 7; 6; -1; 8; 9; -1; 10; 11; 12; 13; 14; 15 ] in
  String.concat "" (List.map (fun i -> if i < 0 then "-" else Printf.sprintf "%02X" (byte i)) order)

let name text at =
  let rec go i =
    if i = 36 then []
    else
      match String.get_uint16_le text (at + (2 * i)) with
      | 0 -> []
      | letter -> (if letter < 0x80 then String.make 1 (Char.chr letter) else "?") :: go (i + 1)
  in
  String.concat "" (go 0)

let unused = "00000000-0000-0000-0000-000000000000"

let rec decode_entries text ~sectors ~count i =
  if i = count then Ok []
  else
    let at = (2 * sector) + (i * entry_size) in
    let first = get64 text (at + 32) and last = get64 text (at + 40) in
    if guid text at = unused then decode_entries text ~sectors ~count (i + 1)
    else if first < 2 || last < first || last >= sectors then Error "a partition lies beyond the disk"
    else
      let* rest = decode_entries text ~sectors ~count (i + 1) in
      Ok ({ type_guid = guid text at; name = name text (at + 56); first; sectors = last - first + 1 } :: rest)

let decode text ~sectors =
  let header = sector in
  if String.length text < front then Error "the disk is too small for a partition table"
  else if String.sub text header 8 <> "EFI PART" then Error "the disk has no partition table"
  else
    let size = get32 text (header + 12) and entries = get32 text (header + 80) in
    if size < 92 || size > sector || entries > most_entries || get32 text (header + 84) <> entry_size || get64 text (header + 72) <> 2
    then Error "the partition table is of a kind that is not known here"
    else
      let without_sum = Bytes.of_string (String.sub text header size) in
      Bytes.set_int32_le without_sum 16 0l;
      if
        crc32 (Bytes.unsafe_to_string without_sum) 0 size <> get32 text (header + 16)
        || crc32 text (2 * sector) (entries * entry_size) <> get32 text (header + 88)
      then Error "the partition table is damaged"
      else decode_entries text ~sectors ~count:entries 0
