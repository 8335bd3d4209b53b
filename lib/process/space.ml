(* SPDX-License-Identifier: ISC *)

type t
type rights = int
type data = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Bigarray.Array1.t

let none = 0
let read = 1
let read_write = 3
let read_execute = 5
let page_size = 4096
let lowest = 0x10000
let limit = 1 lsl 38

external is_supported : unit -> bool = "process_is_supported" [@@noalloc]
external machine : unit -> int = "process_machine" [@@noalloc]
external create : unit -> t option = "process_space_create"
external clear : t -> unit = "process_space_clear" [@@noalloc]
external map : t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_space_map" [@@noalloc]

external share : t -> (int[@untagged]) -> t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "process_byte" "process_space_share"
[@@noalloc]

external protect : t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "process_byte" "process_space_protect"
[@@noalloc]

external unmap : t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_space_unmap"
[@@noalloc]

external unshare : t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_space_unshare"
[@@noalloc]

external query : t -> (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_space_query" [@@noalloc]

external next : t -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) = "process_byte" "process_space_next" [@@noalloc]
external copy_in : t -> (int[@untagged]) -> bytes -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "process_byte" "process_space_copy_in"
[@@noalloc]

external copy_out : t -> (int[@untagged]) -> bytes -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "process_byte" "process_space_copy_out"
[@@noalloc]

external copy_in_data : t -> (int[@untagged]) -> data -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "process_byte" "process_space_copy_in_data"
[@@noalloc]

external copy_out_data : t -> (int[@untagged]) -> data -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "process_byte" "process_space_copy_out_data"
[@@noalloc]

external pages : t -> int = "process_space_pages" [@@noalloc]
external tables : t -> int = "process_space_tables" [@@noalloc]

let is_supported = is_supported ()
let machine = machine ()

let create () =
  if not is_supported then failwith "processes need the bare machine";
  match create () with Some space -> space | None -> raise Out_of_memory

type answer = Done | No_memory | Page_exists | No_page

(* nucleus_process_error; a count is not negative. *)
let answer = function
  | -2 -> No_memory
  | -3 -> Page_exists
  | -4 -> No_page
  | code -> if code >= 0 then Done else invalid_arg "Space: no such range or rights"

let change code = match answer code with Done -> () | _ -> invalid_arg "Space: it cannot be changed"
let map t at ~pages rights = answer (map t at pages rights)
let share t at ~into to_ ~pages rights = answer (share t at into to_ pages rights)
let protect t at ~pages rights = change (protect t at pages rights)
let unmap t at ~pages = change (unmap t at pages)
let unshare t at rights = answer (unshare t at rights)

type page = { rights : rights; shared : bool }

let query t at = match query t at with code when code < 0 -> None | code -> Some { rights = code land 7; shared = code land 8 <> 0 }

let next t at ~pages = match next t at pages with at when at < 0 -> None | at -> Some at

let check bytes first count =
  if first < 0 || count < 0 || first > Bytes.length bytes - count then invalid_arg "Space: no such part of the bytes"

let copy_in t at bytes first count =
  check bytes first count;
  copy_in t at bytes first count

let copy_out t at bytes first count =
  check bytes first count;
  copy_out t at bytes first count

let copy_string_out t at string first count = copy_out t at (Bytes.unsafe_of_string string) first count

let check_data data first count =
  if first < 0 || count < 0 || first > Bigarray.Array1.dim data - count then
    invalid_arg "Space: no such part of the data"

let copy_in_data t at data first count =
  check_data data first count;
  copy_in_data t at data first count

let copy_out_data t at data first count =
  check_data data first count;
  copy_out_data t at data first count
