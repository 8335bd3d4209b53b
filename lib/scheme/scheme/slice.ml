(* SPDX-License-Identifier: ISC *)

module Array = Bigarray.Array1

type data = (char, Bigarray.int8_unsigned_elt, Bigarray.c_layout) Array.t
type t = { data : data; offset : int; length : int; read_only : bool }

(* Without a look at bounds, which whoever copies has checked. *)

external get64 : data -> int -> int64 = "%caml_bigstring_get64u"
external set64 : data -> int -> int64 -> unit = "%caml_bigstring_set64u"
external string_get64 : string -> int -> int64 = "%caml_string_get64u"
external bytes_set64 : bytes -> int -> int64 -> unit = "%caml_bytes_set64u"

let of_bigarray data = { data; offset = 0; length = Array.dim data; read_only = false }

let create length =
  let data = Array.create Bigarray.char Bigarray.c_layout length in
  Array.fill data '\000';
  of_bigarray data

let empty = create 0
let length t = t.length
let is_read_only t = t.read_only
let read_only t = { t with read_only = true }

let check t offset length what =
  if offset < 0 || length < 0 || offset > t.length - length then invalid_arg ("Slice." ^ what)

let writable t what = if t.read_only then invalid_arg ("Slice." ^ what ^ ": read only")

let sub t offset length =
  check t offset length "sub";
  { t with offset = t.offset + offset; length }

let array t = if t.offset = 0 && t.length = Array.dim t.data then t.data else Array.sub t.data t.offset t.length

let bigarray t =
  writable t "bigarray";
  array t

let get t i =
  check t i 1 "get";
  t.data.{t.offset + i}

let set t i c =
  check t i 1 "set";
  writable t "set";
  t.data.{t.offset + i} <- c

(* Short ones by words: a part of a bigarray is a block of its own. *)
let blit from into =
  check into 0 from.length "blit";
  writable into "blit";
  if from.length > 256 || from.data == into.data then
    Array.blit (array from) (array (sub into 0 from.length))
  else begin
    let words = from.length / 8 in
    let source = from.data and target = into.data and first = from.offset and at = into.offset in
    for word = 0 to words - 1 do
      set64 target (at + (8 * word)) (get64 source (first + (8 * word)))
    done;
    for i = 8 * words to from.length - 1 do
      into.data.{into.offset + i} <- from.data.{from.offset + i}
    done
  end

let fill t c =
  writable t "fill";
  Array.fill (array t) c

let blit_from_string text offset t =
  if offset < 0 || offset > String.length text - t.length then invalid_arg "Slice.blit_from_string";
  writable t "blit_from_string";
  let words = t.length / 8 in
  let data = t.data and at = t.offset in
  for word = 0 to words - 1 do
    set64 data (at + (8 * word)) (string_get64 text (offset + (8 * word)))
  done;
  for i = 8 * words to t.length - 1 do
    t.data.{t.offset + i} <- text.[offset + i]
  done

let of_string text =
  let t = create (String.length text) in
  blit_from_string text 0 t;
  t

let blit_to_bytes t bytes offset =
  if offset < 0 || offset > Bytes.length bytes - t.length then invalid_arg "Slice.blit_to_bytes";
  let words = t.length / 8 in
  let data = t.data and at = t.offset in
  for word = 0 to words - 1 do
    bytes_set64 bytes (offset + (8 * word)) (get64 data (at + (8 * word)))
  done;
  for i = 8 * words to t.length - 1 do
    Bytes.set bytes (offset + i) t.data.{t.offset + i}
  done

let to_string t =
  let bytes = Bytes.create t.length in
  blit_to_bytes t bytes 0;
  Bytes.unsafe_to_string bytes

let equal a b = a.length = b.length && to_string a = to_string b
