(* SPDX-License-Identifier: ISC *)

(* Ranges of Unicode, coarsely: combining marks, and the East Asian wide characters and emoji. *)
let combining =
  [ (0x300, 0x36f); (0x483, 0x489); (0x591, 0x5bd); (0x610, 0x61a); (0x64b, 0x65f); (0x1ab0, 0x1aff); (0x1dc0, 0x1dff);
    (0x200b, 0x200f); (0x20d0, 0x20ff); (0xfe00, 0xfe0f); (0xfe20, 0xfe2f); (0xe0100, 0xe01ef) ]
[@@ocamlformat "disable"]

let wide =
  [ (0x1100, 0x115f); (0x2e80, 0x303e); (0x3041, 0x33ff); (0x3400, 0x4dbf); (0x4e00, 0x9fff); (0xa000, 0xa4cf);
    (0xac00, 0xd7a3); (0xf900, 0xfaff); (0xfe30, 0xfe6f); (0xff00, 0xff60); (0xffe0, 0xffe6); (0x1f300, 0x1f64f);
    (0x1f680, 0x1f6ff); (0x1f900, 0x1f9ff); (0x20000, 0x3fffd) ]
[@@ocamlformat "disable"]

let is_in ranges code = List.exists (fun (first, last) -> code >= first && code <= last) ranges

let of_code code =
  if code < 0x300 then 1 else if is_in combining code then 0 else if is_in wide code then 2 else 1

let of_char text = of_code (Uchar.to_int (Uchar.utf_decode_uchar (String.get_utf_8_uchar text 0)))

let of_text text =
  let rec go at sum =
    if at >= String.length text then sum
    else
      let decode = String.get_utf_8_uchar text at in
      go (at + Uchar.utf_decode_length decode) (sum + of_code (Uchar.to_int (Uchar.utf_decode_uchar decode)))
  in
  go 0 0
