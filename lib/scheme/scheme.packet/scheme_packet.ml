(* SPDX-License-Identifier: ISC *)

let most_bytes = 65536
let most_data = 32768
let most_handles = 16

type open_flags = {
  read : bool;
  write : bool;
  append : bool;
  create : bool;
  exclusive : bool;
  truncate : bool;
  directory : bool;
}

type place = Stream | At of int | End

type body =
  | Open of { path : string; flags : open_flags }
  | Stat_path of string
  | Make_directory of string
  | Unlink of { path : string; directory : bool }
  | Rename of { from : string; into : string; replace : bool }
  | Link of { from : string; into : string }
  | Symbolic_link of { target : string; into : string }
  | Read_link of string
  | Read of { at : place; most : int }
  | Write of { at : place; data : string }
  | Stat
  | List of { from : int; most : int }
  | Truncate of int
  | Set_times of { accessed_ns : int option; modified_ns : int option }
  | Sync
  | Event of { readable : bool; writable : bool; wait : bool }
  | Call of string
  | Map of { offset : int; length : int; write : bool }
  | Close
  | Cancel

type request = { tag : int; file : int; body : body }
type kind = File | Directory | Symbolic | Stream_file
type reply = { a : int; b : int; text : string }
type answer = { tag : int; result : (reply, int) result }

let reply ?(a = 0) ?(b = 0) ?(text = "") () = { a; b; text }

(* Numbers in texts. A number that OCaml's integers cannot be is taken for [min_int], which nothing here may be. *)

let get32 text at = Int32.to_int (String.get_int32_le text at) land 0xffff_ffff

let get64 text at =
  let n = String.get_int64_le text at in
  let small = Int64.to_int n in
  if Int64.equal (Int64.of_int small) n then small else min_int

let set32 bytes at n = Bytes.set_int32_le bytes at (Int32.of_int n)
let set64 bytes at n = Bytes.set_int64_le bytes at (Int64.of_int n)
let bit condition n = if condition then n else 0

(* Replies *)

let code_of_kind = function File -> 0 | Directory -> 1 | Symbolic -> 2 | Stream_file -> 3
let kind_of_code = function 0 -> Some File | 1 -> Some Directory | 2 -> Some Symbolic | 3 -> Some Stream_file | _ -> None
let opened ?(seekable = true) number = reply ~a:number ~b:(bit seekable 1) ()

type stat = { kind : kind; size : int; id : int; lends : bool }

let lends_bit = 8

let stat_reply { kind; size; id; lends } =
  let bytes = Bytes.create 8 in
  set64 bytes 0 id;
  reply ~a:size ~b:(code_of_kind kind lor bit lends lends_bit) ~text:(Bytes.unsafe_to_string bytes) ()

let stat_of { a; b; text } =
  if a < 0 || String.length text <> 8 || get64 text 0 < 0 then None
  else
    let lends = b land lends_bit <> 0 in
    Option.map (fun kind -> { kind; size = a; id = get64 text 0; lends }) (kind_of_code (b land lnot lends_bit))

type entry = { name : string; kind : kind; id : int; place : int }

let list_reply entries =
  let buffer = Buffer.create 256 in
  List.iter
    (fun { name; kind; id; place } ->
      Buffer.add_int64_le buffer (Int64.of_int place);
      Buffer.add_int64_le buffer (Int64.of_int id);
      Buffer.add_int32_le buffer (Int32.of_int (code_of_kind kind));
      Buffer.add_int32_le buffer (Int32.of_int (String.length name));
      Buffer.add_string buffer name)
    entries;
  reply ~a:(List.length entries) ~text:(Buffer.contents buffer) ()

let is_name name = name <> "" && String.length name <= 255 && name <> "." && name <> ".." && not (String.exists (fun c -> c = '/' || c = '\000') name)

let entries_of ~from ~most { a; text; _ } =
  let size = String.length text in
  let rec go at from left =
    if left = 0 then if at = size then Some [] else None
    else if at + 24 > size then None
    else
      let place = get64 text at and id = get64 text (at + 8) and length = get32 text (at + 20) in
      match kind_of_code (get32 text (at + 16)) with
      | Some kind when place > from && id >= 0 && length <= size - at - 24 ->
          let name = String.sub text (at + 24) length in
          if not (is_name name) then None
          else Option.map (fun rest -> { name; kind; id; place } :: rest) (go (at + 24 + length) place (left - 1))
      | _ -> None
  in
  if a < 0 || a > most then None else go 0 from a

(* Requests *)

let flags_code f =
  bit f.read 1 lor bit f.write 2 lor bit f.append 4 lor bit f.create 8 lor bit f.exclusive 16 lor bit f.truncate 32
  lor bit f.directory 64

let flags_of_code n =
  let has b = n land b <> 0 in
  {
    read = has 1;
    write = has 2;
    append = has 4;
    create = has 8;
    exclusive = has 16;
    truncate = has 32;
    directory = has 64;
  }

let place_code = function At n -> n | Stream -> -1 | End -> -2
let place_of_code = function -1 -> Some Stream | -2 -> Some End | n when n >= 0 -> Some (At n) | _ -> None
let time_code = Option.value ~default:(-1)
let time_of_code n = if n < 0 then None else Some n

(* Kind, a, b, and the two texts. *)
let fields = function
  | Open { path; flags } -> (1, flags_code flags, 0, path, "")
  | Stat_path path -> (2, 0, 0, path, "")
  | Make_directory path -> (3, 0, 0, path, "")
  | Unlink { path; directory } -> (4, bit directory 1, 0, path, "")
  | Rename { from; into; replace } -> (5, bit replace 1, 0, from, into)
  | Link { from; into } -> (6, 0, 0, from, into)
  | Symbolic_link { target; into } -> (7, 0, 0, into, target)
  | Read_link path -> (8, 0, 0, path, "")
  | Read { at; most } -> (16, place_code at, most, "", "")
  | Write { at; data } -> (17, place_code at, 0, data, "")
  | Stat -> (18, 0, 0, "", "")
  | List { from; most } -> (19, from, most, "", "")
  | Truncate size -> (20, size, 0, "", "")
  | Set_times { accessed_ns; modified_ns } -> (21, time_code accessed_ns, time_code modified_ns, "", "")
  | Sync -> (22, 0, 0, "", "")
  | Event { readable; writable; wait } -> (23, bit readable 1 lor bit writable 2 lor bit (not wait) 4, 0, "", "")
  | Call text -> (24, 0, 0, text, "")
  | Close -> (25, 0, 0, "", "")
  | Map { offset; length; write } -> (26, offset, length, (if write then "w" else ""), "")
  | Cancel -> (32, 0, 0, "", "")

let body_of_fields kind a b first second =
  let at_least n x body = if x >= n then Some body else None in
  match kind with
  | 1 when a >= 0 -> Some (Open { path = first; flags = flags_of_code a })
  | 2 -> Some (Stat_path first)
  | 3 -> Some (Make_directory first)
  | 4 -> Some (Unlink { path = first; directory = a <> 0 })
  | 5 -> Some (Rename { from = first; into = second; replace = a <> 0 })
  | 6 -> Some (Link { from = first; into = second })
  | 7 -> Some (Symbolic_link { target = second; into = first })
  | 8 -> Some (Read_link first)
  | 16 -> Option.bind (place_of_code a) (fun at -> at_least 0 b (Read { at; most = b }))
  | 17 -> Option.map (fun at -> Write { at; data = first }) (place_of_code a)
  | 18 -> Some Stat
  | 19 when a >= 0 -> at_least 0 b (List { from = a; most = b })
  | 20 -> at_least 0 a (Truncate a)
  | 21 -> Some (Set_times { accessed_ns = time_of_code a; modified_ns = time_of_code b })
  | 22 -> Some Sync
  | 23 -> Some (Event { readable = a land 1 <> 0; writable = a land 2 <> 0; wait = a land 4 = 0 })
  | 24 -> Some (Call first)
  | 25 -> Some Close
  | 26 when a >= 0 && b >= 0 -> Some (Map { offset = a; length = b; write = first <> "" })
  | 32 -> Some Cancel
  | _ -> None

let request_header = 48

let encode_request { tag; file; body } =
  let kind, a, b, first, second = fields body in
  let size = request_header + String.length first + String.length second in
  if size > most_bytes then invalid_arg "Scheme_packet.encode_request: it is too large";
  let bytes = Bytes.create size in
  set32 bytes 0 size;
  set32 bytes 4 kind;
  set64 bytes 8 tag;
  set64 bytes 16 file;
  set64 bytes 24 a;
  set64 bytes 32 b;
  set32 bytes 40 (String.length first);
  set32 bytes 44 (String.length second);
  if first <> "" then Bytes.blit_string first 0 bytes request_header (String.length first);
  if second <> "" then Bytes.blit_string second 0 bytes (request_header + String.length first) (String.length second);
  Bytes.unsafe_to_string bytes

let decode_request text =
  let size = String.length text in
  if size < request_header || size > most_bytes || get32 text 0 <> size then None
  else
    let first = get32 text 40 and second = get32 text 44 in
    if first + second <> size - request_header then None
    else
      let tag = get64 text 8 and file = get64 text 16 in
      if tag < 0 || file < 0 then None
      else
        body_of_fields (get32 text 4) (get64 text 24) (get64 text 32)
          (String.sub text request_header first)
          (String.sub text (request_header + first) second)
        |> Option.map (fun body -> { tag; file; body })

(* Answers *)

let answer_header = 40

let encode_answer { tag; result } =
  let error, { a; b; text } = match result with Ok reply -> (0, reply) | Error errno -> (errno, reply ()) in
  let size = answer_header + String.length text in
  if size > most_bytes then invalid_arg "Scheme_packet.encode_answer: it is too large";
  let bytes = Bytes.create size in
  set32 bytes 0 size;
  set32 bytes 4 error;
  set64 bytes 8 tag;
  set64 bytes 16 a;
  set64 bytes 24 b;
  set32 bytes 32 (String.length text);
  set32 bytes 36 0;
  Bytes.blit_string text 0 bytes answer_header (String.length text);
  Bytes.unsafe_to_string bytes

let decode_answer text =
  let size = String.length text in
  if size < answer_header || size > most_bytes || get32 text 0 <> size then None
  else if get32 text 32 <> size - answer_header || get32 text 36 <> 0 then None
  else
    let tag = get64 text 8 and error = get32 text 4 in
    if tag < 0 then None
    else if error <> 0 then Some { tag; result = Error error }
    else
      Some
        {
          tag;
          result = Ok { a = get64 text 16; b = get64 text 24; text = String.sub text answer_header (size - answer_header) };
        }
