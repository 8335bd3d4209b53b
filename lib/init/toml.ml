(* SPDX-License-Identifier: ISC *)

type value = Text of string | Integer of int | Float of float | Boolean of bool | List of value list
type entry = { key : string list; value : value; line : int }
type error = { line : int; problem : string }

exception Wrong of error

type reader = { text : string; mutable at : int; mutable line : int }

let fail r problem = raise (Wrong { line = r.line; problem })
let peek r = if r.at < String.length r.text then Some r.text.[r.at] else None

let skip r =
  if peek r = Some '\n' then r.line <- r.line + 1;
  r.at <- r.at + 1

let next_is r text =
  let length = String.length text in
  r.at + length <= String.length r.text && String.sub r.text r.at length = text

let rec blanks r =
  match peek r with
  | Some (' ' | '\t') ->
      skip r;
      blanks r
  | _ -> ()

let rec comment r =
  match peek r with
  | Some '\n' | None -> ()
  | Some '\r' when next_is r "\r\n" -> ()
  | Some c when (c < ' ' && c <> '\t') || c = '\127' -> fail r "a control character in a comment"
  | Some _ ->
      skip r;
      comment r

(* To the end of the line, of which nothing but a comment may be left. *)
let end_of_line r =
  blanks r;
  if peek r = Some '#' then comment r;
  if next_is r "\r\n" then skip r;
  match peek r with Some '\n' -> skip r | None -> () | Some _ -> fail r "something is left over at the end of the line"

let rec empty_space r =
  blanks r;
  match peek r with
  | Some '#' ->
      comment r;
      empty_space r
  | Some '\n' ->
      skip r;
      empty_space r
  | Some '\r' when next_is r "\r\n" ->
      skip r;
      empty_space r
  | _ -> ()

let hex_digit = function '0' .. '9' as c -> Some (Char.code c - 48) | 'a' .. 'f' as c -> Some (Char.code c - 87) | 'A' .. 'F' as c -> Some (Char.code c - 55) | _ -> None

let unicode r digits =
  let rec go n value =
    if n = 0 then value
    else
      match Option.bind (peek r) hex_digit with
      | Some digit ->
          skip r;
          go (n - 1) ((value * 16) + digit)
      | None -> fail r "a wrong escape: hexadecimal digits are missing"
  in
  let code = go digits 0 in
  if Uchar.is_valid code then Uchar.of_int code else fail r "a wrong escape: there is no such character"

let escape r buffer =
  let one c =
    skip r;
    Buffer.add_char buffer c
  in
  match peek r with
  | Some 'b' -> one '\b'
  | Some 't' -> one '\t'
  | Some 'n' -> one '\n'
  | Some 'f' -> one '\012'
  | Some 'r' -> one '\r'
  | Some (('"' | '\\') as c) -> one c
  | Some (('u' | 'U') as c) ->
      skip r;
      Buffer.add_utf_8_uchar buffer (unicode r (if c = 'u' then 4 else 8))
  | _ -> fail r "a wrong escape"

(* From behind the quote. *)
let quoted r quote =
  let buffer = Buffer.create 16 in
  let rec go () =
    match peek r with
    | Some c when c = quote -> skip r
    | None | Some '\n' -> fail r "the quote is not closed on its line"
    | Some '\\' when quote = '"' ->
        skip r;
        escape r buffer;
        go ()
    | Some c when (c < ' ' && c <> '\t') || c = '\127' -> fail r "a control character in a text"
    | Some c ->
        skip r;
        Buffer.add_char buffer c;
        go ()
  in
  go ();
  let text = Buffer.contents buffer in
  if String.is_valid_utf_8 text then text else fail r "the text is not UTF-8"

let text r quote =
  if next_is r (String.make 3 quote) then fail r "texts of several lines are not understood here";
  skip r;
  quoted r quote

let is_bare = function 'A' .. 'Z' | 'a' .. 'z' | '0' .. '9' | '-' | '_' -> true | _ -> false

let rec take_while r holds =
  match peek r with
  | Some c when holds c ->
      skip r;
      String.make 1 c ^ take_while r holds
  | _ -> ""

let simple_key r =
  match peek r with
  | Some (('"' | '\'') as quote) -> text r quote
  | Some c when is_bare c -> take_while r is_bare
  | _ -> fail r "a name was expected"

let rec key r =
  blanks r;
  let name = simple_key r in
  blanks r;
  if peek r = Some '.' then begin
    skip r;
    name :: key r
  end
  else [ name ]

let number r =
  let word = take_while r (fun c -> is_bare c || c = '+' || c = '.') in
  let digits_are_apart =
    (* An underscore stands between two digits. *)
    let ok = ref true in
    let digit i = i >= 0 && i < String.length word && word.[i] >= '0' && word.[i] <= '9' in
    String.iteri (fun i c -> if c = '_' && not (digit (i - 1) && digit (i + 1)) then ok := false) word;
    !ok
  in
  let plain = String.concat "" (String.split_on_char '_' word) in
  let unsigned = if plain <> "" && (plain.[0] = '-' || plain.[0] = '+') then String.sub plain 1 (String.length plain - 1) else plain in
  let all_digits = unsigned <> "" && String.for_all (fun c -> c >= '0' && c <= '9') unsigned in
  let leading_zero = String.length unsigned > 1 && unsigned.[0] = '0' && unsigned.[1] >= '0' && unsigned.[1] <= '9' in
  let is_float =
    unsigned <> "" && unsigned.[0] >= '0' && unsigned.[0] <= '9'
    && unsigned.[String.length unsigned - 1] >= '0'
    && unsigned.[String.length unsigned - 1] <= '9'
    && String.for_all (fun c -> (c >= '0' && c <= '9') || String.contains ".eE+-" c) unsigned
  in
  let without_plus = if plain <> "" && plain.[0] = '+' then unsigned else plain in
  if word = "" then fail r "a value was expected"
  else if (not digits_are_apart) || leading_zero then fail r ("not a number: " ^ word)
  else if all_digits then
    match int_of_string_opt without_plus with Some n -> Integer n | None -> fail r ("too large a number: " ^ word)
  else if is_float then match float_of_string_opt without_plus with Some x -> Float x | None -> fail r ("not a number: " ^ word)
  else fail r ("not a value: " ^ word)

let most_depth = 20

let rec value r depth =
  if depth > most_depth then fail r "lists are too deep";
  match peek r with
  | Some (('"' | '\'') as quote) -> Text (text r quote)
  | Some '[' ->
      skip r;
      List (items r depth)
  | Some '{' -> fail r "inline tables are not understood here"
  | Some ('t' | 'f') when next_is r "true" || next_is r "false" -> (
      match take_while r is_bare with
      | "true" -> Boolean true
      | "false" -> Boolean false
      | word -> fail r ("not a value: " ^ word))
  | _ -> number r

and items r depth =
  empty_space r;
  match peek r with
  | Some ']' ->
      skip r;
      []
  | None -> fail r "the list is not closed"
  | Some _ -> (
      let first = value r (depth + 1) in
      empty_space r;
      match peek r with
      | Some ',' ->
          skip r;
          first :: items r depth
      | Some ']' ->
          skip r;
          [ first ]
      | _ -> fail r "a comma or ] was expected in the list")

let name_of key = String.concat "." key

let rec is_prefix prefix key =
  match (prefix, key) with
  | [], _ -> true
  | a :: prefix, b :: key -> String.equal a b && is_prefix prefix key
  | _ :: _, [] -> false

(* A key names one thing: neither twice, nor a value and a table. *)
let check_new r entries key =
  List.iter
    (fun (e : entry) ->
      if is_prefix e.key key || is_prefix key e.key then fail r (Printf.sprintf "%s is there already, in line %d" (name_of key) e.line))
    entries

let parse_all r =
  let rec go table tables entries =
    empty_space r;
    match peek r with
    | None -> List.rev entries
    | Some '[' when next_is r "[[" -> fail r "lists of tables are not understood here"
    | Some '[' ->
        skip r;
        let name = key r in
        if peek r <> Some ']' then fail r "] was expected";
        skip r;
        if List.mem name tables then fail r (Printf.sprintf "the table %s is there already" (name_of name));
        List.iter
          (fun (e : entry) -> if is_prefix e.key name then fail r (Printf.sprintf "%s has a value already, in line %d" (name_of name) e.line))
          entries;
        end_of_line r;
        go name (name :: tables) entries
    | Some _ ->
        let line = r.line in
        let key = table @ key r in
        if peek r <> Some '=' then fail r "= was expected";
        skip r;
        blanks r;
        check_new r entries key;
        let value = value r 0 in
        end_of_line r;
        go table tables ({ key; value; line } :: entries)
  in
  go [] [] []

let parse text = match parse_all { text; at = 0; line = 1 } with entries -> Ok entries | exception Wrong error -> Error error

let describe = function
  | Text _ -> "a text"
  | Integer _ -> "a whole number"
  | Float _ -> "a number"
  | Boolean _ -> "true or false"
  | List _ -> "a list"
