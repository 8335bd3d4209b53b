(* SPDX-License-Identifier: ISC *)

type t = { pc : int; stack_pointer : int }

let ( let* ) = Result.bind
let page_size = Space.page_size
let default_stack_size = 8 lsl 20
let largest_stack_size = 1 lsl 30

(* Linux': a quarter of the stack. *)
let largest_strings = default_stack_size / 4
let room text = String.length text + 9

(* Somewhere in the second quarter of the addresses, by the program's own alignment. *)
let place (elf : Elf.t) =
  if not elf.movable then 0
  else
    let at = (Space.limit / 4) + (Entropy.int 0x100000 * page_size) in
    (at + elf.alignment - 1) land lnot (elf.alignment - 1)

let map_segment memory base ({ at; size; rights; source; offset; length } : Executable.segment) =
  Memory.map_source memory (base + at) size rights ~source ~offset ~length

(* Auxiliary entries.  Spec: [linux/uapi "linux/auxvec.h"] *)
let at_headers = 3
let at_header_size = 4
let at_header_count = 5
let at_page_size = 6
let at_entry = 9
let at_ids = [ 11; 12; 13; 14; 23 ] (* user, group, and that they are the effective ones *)
let at_clock_ticks = 17
let at_random = 25
let at_name = 31

let stack_image top ~arguments ~environment auxiliary =
  let strings = arguments @ environment in
  let text = String.concat "" (List.map (fun s -> s ^ "\000") strings) in
  let random = Bytes.create 16 in
  Entropy.fill random 0 16;
  let text_at = top - 16 - String.length text in
  let random_at = (text_at - 16) land lnot 15 in
  let places, _ = List.fold_left (fun (places, at) s -> (at :: places, at + String.length s + 1)) ([], text_at) strings in
  let places = List.rev places in
  let count = List.length arguments in
  let auxiliary =
    auxiliary @ [ (at_random, random_at); (at_name, if count > 0 then text_at else random_at); (0, 0) ]
  in
  let words =
    (count :: List.filteri (fun i _ -> i < count) places)
    @ (0 :: List.filteri (fun i _ -> i >= count) places)
    @ (0 :: List.concat_map (fun (key, value) -> [ key; value ]) auxiliary)
  in
  let sp = (random_at - (8 * List.length words)) land lnot 15 in
  let bytes = Bytes.make (top - sp) '\000' in
  List.iteri (fun i word -> Bytes.set_int64_le bytes (8 * i) (Int64.of_int word)) words;
  Bytes.blit random 0 bytes (random_at - sp) 16;
  Bytes.blit_string text 0 bytes (text_at - sp) (String.length text);
  (sp, bytes)

let least_stack = 64 * 1024

(* With room for a few calls above the strings, whatever size is asked for. *)
let make_stack memory (elf : Elf.t) stack_size ~strings =
  let wanted = Option.value elf.stack_size ~default:0 in
  let size = min largest_stack_size (max wanted (max stack_size (strings + least_stack))) in
  let size = (size + page_size - 1) land lnot (page_size - 1) in
  let at = Memory.map memory ~hint:0 ~placing:Hint size Space.read_write in
  if at < 0 then Error "there is no room for its stack"
  else (
    Memory.set_stack memory at size;
    Ok (at, at + size))

(* The instructions that make the call rt_sigreturn, for handlers that bring none. *)
let sigreturn_code =
  match Space.machine with
  | 62 -> "\xb8\x0f\x00\x00\x00\x0f\x05" (* mov $15, %eax; syscall *)
  | 183 -> "\x68\x11\x80\xd2\x01\x00\x00\xd4" (* mov x8, #139; svc #0 *)
  | _ -> "\x93\x08\xb0\x08\x73\x00\x00\x00" (* li a7, 139; ecall *)

let map_sigreturn memory =
  let at = Memory.map memory ~hint:0 ~placing:Hint ~source:sigreturn_code page_size Space.read_execute in
  if at < 0 then Error "there is no room for its signals"
  else (
    Memory.set_sigreturn_code memory at;
    Ok ())

let load memory ?(stack_size = default_stack_size) ({ elf; segments } : Executable.t) ~arguments ~environment =
  let strings = List.fold_left (fun sum text -> sum + room text) 0 (arguments @ environment) in
  if strings > largest_strings then Error "its arguments and environment are too long"
  else if List.exists (fun s -> String.contains s '\000') (arguments @ environment) then Error "an argument holds a NUL"
  else
    let base = place elf in
    List.iter (map_segment memory base) segments;
    Memory.set_break memory (page_size + ((base + elf.start + elf.size) land lnot (page_size - 1)) + (Entropy.int 0x1000 * page_size));
    let* _, stack_top = make_stack memory elf stack_size ~strings in
    let* () = map_sigreturn memory in
    (* Not at the very top, so that nobody knows where. *)
    let top = stack_top - (16 * Entropy.int 256) in
    let auxiliary =
      (match elf.headers with
      | Some at -> [ (at_headers, base + at); (at_header_size, Elf.header_size); (at_header_count, elf.header_count) ]
      | None -> [])
      @ [ (at_page_size, page_size); (at_entry, base + elf.entry); (at_clock_ticks, 100) ]
      @ List.map (fun id -> (id, 0)) at_ids
    in
    let stack_pointer, bytes = stack_image top ~arguments ~environment auxiliary in
    if Memory.write memory stack_pointer bytes 0 (Bytes.length bytes) then Ok { pc = base + elf.entry; stack_pointer }
    else Error "there is no memory for its stack"
