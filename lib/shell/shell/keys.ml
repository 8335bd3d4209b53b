(* SPDX-License-Identifier: ISC *)

type key =
  | Char of string
  | Control of char
  | Alt of string
  | Enter
  | Tab
  | Backspace
  | Delete
  | Insert
  | Left
  | Right
  | Up
  | Down
  | Word_left
  | Word_right
  | Home
  | End
  | Page_up
  | Page_down
  | Escape
  | Unknown

type state =
  | Ground
  | Character of { bytes : string; left : int; alt : bool }  (** of UTF-8 *)
  | Escaped
  | Sequence of string  (** after ESC [ *)
  | Single  (** after ESC O *)

type t = { mutable state : state }

let create () = { state = Ground }
let replacement = "\xef\xbf\xbd"
let max_sequence = 32

(* How many bytes follow the first; [None]: it is not the first of a character. *)
let following c =
  match c with
  | '\x00' .. '\x7f' -> Some 0
  | '\xc2' .. '\xdf' -> Some 1
  | '\xe0' .. '\xef' -> Some 2
  | '\xf0' .. '\xf4' -> Some 3
  | _ -> None

let is_valid bytes =
  let decode = String.get_utf_8_uchar bytes 0 in
  Uchar.utf_decode_is_valid decode && Uchar.utf_decode_length decode = String.length bytes

let character ~alt text = if alt then Alt text else Char text

let control c =
  match c with
  | '\r' | '\n' -> Enter
  | '\t' -> Tab
  | '\b' | '\127' -> Backspace
  | '\000' -> Control '@'
  | '\001' .. '\026' -> Control (Char.chr (Char.code c + 96))
  | c -> Control (Char.chr (Char.code c + 64))

let by_letter letter ~modified =
  match letter with
  | 'A' -> Up
  | 'B' -> Down
  | 'C' -> if modified then Word_right else Right
  | 'D' -> if modified then Word_left else Left
  | 'H' -> Home
  | 'F' -> End
  | _ -> Unknown

let by_number = function
  | 1 | 7 -> Home
  | 2 -> Insert
  | 3 -> Delete
  | 4 | 8 -> End
  | 5 -> Page_up
  | 6 -> Page_down
  | _ -> Unknown

(* The parameters are numbers between semicolons; an omitted one is 0. *)
let parameters text =
  let number part = if part = "" then Some 0 else if String.length part <= 4 then int_of_string_opt ("0u" ^ part) else None in
  let all = List.map number (String.split_on_char ';' text) in
  if List.for_all Option.is_some all then Some (List.map Option.get all) else None

let sequence text final =
  match (parameters text, final) with
  | Some ([] | [ (0 | 1) ]), _ when final <> '~' -> by_letter final ~modified:false
  | Some [ (0 | 1); modifier ], _ when final <> '~' ->
      (* The modifier is one more than bits of Shift, Alt, Ctrl. *)
      by_letter final ~modified:(modifier >= 1 && (modifier - 1) land 6 <> 0)
  | Some (number :: _), '~' -> by_number number
  | _ -> Unknown

let rec feed t c =
  match t.state with
  | Ground -> first t c ~alt:false
  | Escaped -> (
      match c with
      | '[' ->
          t.state <- Sequence "";
          []
      | 'O' ->
          t.state <- Single;
          []
      | '\027' -> [ Escape ]
      | c -> first t c ~alt:true)
  | Single -> (
      t.state <- Ground;
      match c with '\x40' .. '\x7e' -> [ by_letter c ~modified:false ] | c -> Unknown :: feed t c)
  | Sequence text -> in_sequence t text c
  | Character { bytes; left; alt } -> in_character t bytes left alt c

and first t c ~alt =
  t.state <- Ground;
  match c with
  | '\027' ->
      t.state <- Escaped;
      []
  | '\000' .. '\031' | '\127' -> ( match control c with Backspace when alt -> [ Alt "\127" ] | key -> [ key ])
  | c -> (
      match following c with
      | Some 0 -> [ character ~alt (String.make 1 c) ]
      | Some left ->
          t.state <- Character { bytes = String.make 1 c; left; alt };
          []
      | None -> [ Char replacement ])

and in_character t bytes left alt c =
  match c with
  | '\x80' .. '\xbf' when left > 1 ->
      t.state <- Character { bytes = bytes ^ String.make 1 c; left = left - 1; alt };
      []
  | '\x80' .. '\xbf' ->
      t.state <- Ground;
      let bytes = bytes ^ String.make 1 c in
      [ character ~alt (if is_valid bytes then bytes else replacement) ]
  | c ->
      t.state <- Ground;
      Char replacement :: feed t c

and in_sequence t text c =
  match c with
  | '\x40' .. '\x7e' ->
      t.state <- Ground;
      [ sequence text c ]
  | '\x20' .. '\x3f' when String.length text < max_sequence ->
      t.state <- Sequence (text ^ String.make 1 c);
      []
  | '\x20' .. '\x3f' ->
      t.state <- Ground;
      [ Unknown ]
  | c ->
      (* No such byte is in a sequence: it was cut off. *)
      t.state <- Ground;
      Unknown :: feed t c

let is_pending t = t.state <> Ground

let flush t =
  let state = t.state in
  t.state <- Ground;
  match state with
  | Ground -> []
  | Escaped -> [ Escape ]
  | Character _ -> [ Char replacement ]
  | Sequence "" -> [ Alt "[" ]
  | Single -> [ Alt "O" ]
  | Sequence _ -> [ Unknown ]
