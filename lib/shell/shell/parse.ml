(* SPDX-License-Identifier: ISC *)

open Syntax

type error = Incomplete | Wrong of { line : int; message : string }

exception Error of error

let max_depth = 100

type token = Word of word | Operator of string | Number of int  (** before a redirection *) | Newline | Finish

(* A token is read when it is looked at; a substitution is a script that is read in the middle of a word. *)
type t = { text : string; mutable at : int; mutable line : int; mutable next : token option; mutable depth : int }

let wrong t message = raise (Error (Wrong { line = t.line; message }))
let peek_char t = if t.at < String.length t.text then Some t.text.[t.at] else None
let char_after t n = if t.at + n < String.length t.text then Some t.text.[t.at + n] else None

let skip t =
  if peek_char t = Some '\n' then t.line <- t.line + 1;
  t.at <- t.at + 1

let deeper t f =
  if t.depth >= max_depth then wrong t "too deep";
  t.depth <- t.depth + 1;
  let result = f () in
  t.depth <- t.depth - 1;
  result

let is_name_start = function 'a' .. 'z' | 'A' .. 'Z' | '_' -> true | _ -> false
let is_name_char c = is_name_start c || match c with '0' .. '9' -> true | _ -> false
let is_name text = text <> "" && is_name_start text.[0] && String.for_all is_name_char text

let take_while t accept =
  let start = t.at in
  while match peek_char t with Some c -> accept c | None -> false do
    skip t
  done;
  String.sub t.text start (t.at - start)

(* Words *)

let single_quoted t =
  let start = t.at in
  let rec go () =
    match peek_char t with
    | None -> raise (Error Incomplete)
    | Some '\'' ->
        let text = String.sub t.text start (t.at - start) in
        skip t;
        text
    | Some _ ->
        skip t;
        go ()
  in
  go ()

(* Collects characters into texts, between other parts. *)
type parts = { mutable parts : part list; buffer : Buffer.t }

let flush parts ~quoted =
  if Buffer.length parts.buffer > 0 then begin
    parts.parts <- Text { text = Buffer.contents parts.buffer; quoted } :: parts.parts;
    Buffer.clear parts.buffer
  end

let add parts part = parts.parts <- part :: parts.parts

let ends_word = function
  | ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' -> true
  | _ -> false

let operators = [ "&&"; "||"; ">>"; "<<"; ">&"; "<&"; ";"; "&"; "|"; "<"; ">"; "("; ")" ]

(* Words that end a list of commands. *)
let closers = [ "then"; "elif"; "else"; "fi"; "do"; "done"; "}" ]

let rec word t : word =
  let parts = { parts = []; buffer = Buffer.create 16 } in
  let rec go () =
    match peek_char t with
    | None -> ()
    | Some c when ends_word c -> ()
    | Some '\'' ->
        flush parts ~quoted:false;
        skip t;
        add parts (Text { text = single_quoted t; quoted = true });
        go ()
    | Some '"' ->
        flush parts ~quoted:false;
        skip t;
        double_quoted t parts;
        go ()
    | Some '\\' ->
        skip t;
        (match peek_char t with
        | None -> raise (Error Incomplete)
        | Some '\n' -> skip t
        | Some c ->
            flush parts ~quoted:false;
            skip t;
            add parts (Text { text = String.make 1 c; quoted = true }));
        go ()
    | Some '$' ->
        dollar t parts ~quoted:false;
        go ()
    | Some '`' -> wrong t "` is not understood: use $(...)"
    | Some c ->
        Buffer.add_char parts.buffer c;
        skip t;
        go ()
  in
  go ();
  flush parts ~quoted:false;
  List.rev parts.parts

and double_quoted t parts =
  (* Even if nothing is in the quotes, they are a field. *)
  add parts (Text { text = ""; quoted = true });
  let rec go () =
    match peek_char t with
    | None -> raise (Error Incomplete)
    | Some '"' ->
        flush parts ~quoted:true;
        skip t
    | Some '\\' ->
        (match char_after t 1 with
        | None -> raise (Error Incomplete)
        | Some '\n' ->
            skip t;
            skip t
        | Some (('"' | '\\' | '$' | '`') as c) ->
            skip t;
            skip t;
            Buffer.add_char parts.buffer c
        | Some _ ->
            skip t;
            Buffer.add_char parts.buffer '\\');
        go ()
    | Some '$' ->
        dollar t parts ~quoted:true;
        go ()
    | Some '`' -> wrong t "` is not understood: use $(...)"
    | Some c ->
        Buffer.add_char parts.buffer c;
        skip t;
        go ()
  in
  go ()

and dollar t parts ~quoted =
  let variable name =
    flush parts ~quoted;
    add parts (Variable { name; quoted })
  in
  skip t;
  match peek_char t with
  | Some '{' ->
      skip t;
      let name = take_while t (fun c -> c <> '}' && c <> '\n') in
      if peek_char t <> Some '}' then if peek_char t = None then raise (Error Incomplete) else wrong t "} is missing";
      skip t;
      let special =
        name <> ""
        && (String.for_all (function '0' .. '9' -> true | _ -> false) name
           || (String.length name = 1 && String.contains "?$#@*!" name.[0]))
      in
      if not (is_name name || special) then wrong t (Printf.sprintf "${%s} is not understood" name);
      variable name
  | Some '(' ->
      if char_after t 1 = Some '(' then wrong t "$((...)) is not understood";
      flush parts ~quoted;
      skip t;
      let script = deeper t (fun () -> inner_script t) in
      add parts (Output { script; quoted })
  | Some (('?' | '$' | '#' | '@' | '*' | '!' | '0' .. '9') as c) ->
      skip t;
      variable (String.make 1 c)
  | Some c when is_name_start c -> variable (take_while t is_name_char)
  | _ -> Buffer.add_char parts.buffer '$'

(* Up to the parenthesis that closes it. *)
and inner_script t =
  let before = t.next in
  t.next <- None;
  let script = list t in
  (match peek t with
  | Operator ")" -> ()
  | Finish -> raise (Error Incomplete)
  | _ -> wrong t "a command was expected");
  t.next <- before;
  script

(* Tokens *)

and blank t =
  match peek_char t with
  | Some (' ' | '\t' | '\r') ->
      skip t;
      blank t
  | Some '\\' when char_after t 1 = Some '\n' ->
      skip t;
      skip t;
      blank t
  | Some '#' ->
      ignore (take_while t (fun c -> c <> '\n'));
      blank t
  | _ -> ()

and read_token t =
  blank t;
  match peek_char t with
  | None -> Finish
  | Some '\n' ->
      skip t;
      Newline
  | Some _ -> (
      let starts operator =
        t.at + String.length operator <= String.length t.text
        && String.sub t.text t.at (String.length operator) = operator
      in
      match List.find_opt starts operators with
      | Some operator ->
          t.at <- t.at + String.length operator;
          Operator operator
      | None -> number_or_word t)

and number_or_word t =
  match (peek_char t, char_after t 1) with
  | Some ('0' .. '9' as c), Some ('<' | '>') ->
      skip t;
      Number (Char.code c - 48)
  | _ -> Word (word t)

and peek t =
  match t.next with
  | Some token -> token
  | None ->
      let token = read_token t in
      t.next <- Some token;
      token

and advance t = t.next <- None

and name_of = function
  | Finish -> "the end"
  | Newline -> "a new line"
  | Operator text -> text
  | Number n -> string_of_int n
  | Word [ Text { text; _ } ] -> text
  | Word _ -> "a word"

(* What cannot go on here: at the end of the text more may come. *)
and unexpected : 'a. t -> 'a =
 fun t ->
  match peek t with
  | Finish -> raise (Error Incomplete)
  | token -> wrong t (name_of token ^ " is not expected here")

and newlines t =
  if peek t = Newline then begin
    advance t;
    newlines t
  end

(* A word that has a meaning in the place of a command. *)
and keyword t = match peek t with Word [ Text { text; quoted = false } ] -> Some text | _ -> None

and expect_keyword t text =
  newlines t;
  if keyword t = Some text then advance t else unexpected t

(* Commands *)

and starts_command t =
  match peek t with
  | Word _ -> ( match keyword t with Some text -> not (List.mem text closers) | None -> true)
  | Number _ -> true
  | Operator ("(" | "<" | ">" | ">>" | ">&" | "<&" | "<<") -> true
  | Operator _ | Newline | Finish -> false

and list t : script =
  newlines t;
  if not (starts_command t) then []
  else
    let item = item t in
    match peek t with
    | Operator ";" | Newline ->
        advance t;
        item :: list t
    | Operator "&" ->
        advance t;
        { item with background = true } :: list t
    | _ -> [ item ]

(* At least one command. *)
and some t =
  let script = list t in
  if script = [] then unexpected t;
  script

and item t =
  let first = pipeline t in
  let rec rest before =
    match peek t with
    | Operator (("&&" | "||") as operator) ->
        advance t;
        newlines t;
        rest (((if operator = "&&" then And else Or), pipeline t) :: before)
    | _ -> List.rev before
  in
  { first; rest = rest []; background = false }

and pipeline t =
  let negated = keyword t = Some "!" in
  if negated then advance t;
  let rec commands before =
    let command = command t in
    if peek t = Operator "|" then begin
      advance t;
      newlines t;
      commands (command :: before)
    end
    else List.rev (command :: before)
  in
  { negated; commands = commands [] }

and command t =
  if not (starts_command t) then unexpected t;
  let compound parse =
    advance t;
    let command = deeper t parse in
    match redirections t [] with [] -> command | some -> Redirected (command, some)
  in
  match (peek t, keyword t) with
  | Operator "(", _ ->
      compound (fun () ->
          let script = some t in
          if peek t <> Operator ")" then unexpected t;
          advance t;
          Subshell script)
  | _, Some "{" ->
      compound (fun () ->
          let script = some t in
          expect_keyword t "}";
          Group script)
  | _, Some "if" -> compound (fun () -> branches t [])
  | _, Some (("while" | "until") as word) ->
      compound (fun () ->
          let condition = some t in
          let body = body t in
          While { until = word = "until"; condition; body })
  | _, Some "for" -> compound (fun () -> for_ t)
  | _ -> simple t

and body t =
  expect_keyword t "do";
  let body = some t in
  expect_keyword t "done";
  body

and branches t before =
  let condition = some t in
  expect_keyword t "then";
  let branch = (condition, some t) in
  let before = branch :: before in
  newlines t;
  match keyword t with
  | Some "elif" ->
      advance t;
      branches t before
  | Some "else" ->
      advance t;
      let otherwise = some t in
      expect_keyword t "fi";
      If { branches = List.rev before; otherwise = Some otherwise }
  | _ ->
      expect_keyword t "fi";
      If { branches = List.rev before; otherwise = None }

and for_ t =
  let variable = match keyword t with Some name when is_name name -> name | _ -> unexpected t in
  advance t;
  newlines t;
  let words =
    if keyword t = Some "in" then begin
      advance t;
      let rec words before =
        match peek t with
        | Word word ->
            advance t;
            words (word :: before)
        | _ -> List.rev before
      in
      words []
    end
    else [ [ Variable { name = "@"; quoted = true } ] ]
  in
  (match peek t with
  | Operator ";" | Newline -> advance t
  | _ -> if keyword t <> Some "do" then unexpected t);
  For { variable; words; body = body t }

and redirection t stream =
  let word () =
    match peek t with
    | Word word ->
        advance t;
        word
    | _ -> unexpected t
  in
  let same default =
    match word () with
    | [ Text { text = ("0" | "1" | "2") as n; quoted = false } ] ->
        { stream = Option.value stream ~default; target = Same_as (int_of_string n) }
    | _ -> wrong t "the number of a stream was expected"
  in
  let to_word default make =
    let target = make (word ()) in
    { stream = Option.value stream ~default; target }
  in
  let operator = peek t in
  let result =
    advance t;
    match operator with
    | Operator "<" -> to_word 0 (fun word -> From word)
    | Operator ">" -> to_word 1 (fun word -> Into word)
    | Operator ">>" -> to_word 1 (fun word -> Append_to word)
    | Operator ">&" -> same 1
    | Operator "<&" -> same 0
    | Operator "<<" -> wrong t "<< is not understood"
    | _ ->
        t.next <- Some operator;
        unexpected t
  in
  if result.stream > 2 then wrong t "there are streams 0, 1 and 2";
  result

and redirections t before =
  match peek t with
  | Number n ->
      advance t;
      redirections t (redirection t (Some n) :: before)
  | Operator ("<" | ">" | ">>" | ">&" | "<&" | "<<") -> redirections t (redirection t None :: before)
  | _ -> List.rev before

(* NAME=VALUE, of which the name is not quoted. *)
and assignment (word : word) =
  match word with
  | Text { text; quoted = false } :: rest -> (
      match String.index_opt text '=' with
      | Some at when is_name (String.sub text 0 at) ->
          let value = String.sub text (at + 1) (String.length text - at - 1) in
          let rest = if value = "" then rest else Text { text = value; quoted = false } :: rest in
          Some (String.sub text 0 at, rest)
      | _ -> None)
  | _ -> None

and simple t =
  let rec go assignments words redirected =
    match peek t with
    | Word word -> (
        advance t;
        match if words = [] then assignment word else None with
        | Some pair -> go (pair :: assignments) words redirected
        | None -> go assignments (word :: words) redirected)
    | Number _ | Operator ("<" | ">" | ">>" | ">&" | "<&" | "<<") ->
        go assignments words (List.rev_append (redirections t []) redirected)
    | _ -> Simple { assignments = List.rev assignments; words = List.rev words; redirections = List.rev redirected }
  in
  let command = go [] [] [] in
  if peek t = Operator "(" then wrong t "( is not expected here";
  command

let script text =
  let t = { text; at = 0; line = 1; next = None; depth = 0 } in
  match
    let script = list t in
    (match peek t with Finish -> () | token -> wrong t (name_of token ^ " is not expected here"));
    script
  with
  | script -> Ok script
  | exception Error error -> Error error
