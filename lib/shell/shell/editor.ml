(* SPDX-License-Identifier: ISC *)

(* Characters before the cursor are in reverse. *)
type line = { left : string list; right : string list }

type search = { query : string; before : line  (** what was there when it began *); found : int  (** a place in the history *) }

type t = {
  prompt : string;
  columns : int;
  history : string array;
  line : line;
  place : int;  (** in the history; -1: the new line *)
  kept : line;  (** the new line, while [place] is elsewhere *)
  cut : string list;
  search : search option;
}

type outcome = Going of t | Accepted of string | Interrupted | Ended | Cleared of t | Completing of t

let empty = { left = []; right = [] }

let start ~prompt ~columns ~history =
  {
    prompt;
    columns = max 20 columns;
    history = Array.of_list history;
    line = empty;
    place = -1;
    kept = empty;
    cut = [];
    search = None;
  }

let characters text =
  let rec go at before =
    if at >= String.length text then List.rev before
    else
      let n = Uchar.utf_decode_length (String.get_utf_8_uchar text at) in
      go (at + n) (String.sub text at n :: before)
  in
  go 0 []

let line_of text = { left = List.rev (characters text); right = [] }
let text_of line = String.concat "" (List.rev_append line.left line.right)
let text t = text_of t.line
let before t = String.concat "" (List.rev t.line.left)
let max_characters = 4000

let insert t added =
  let added = characters added in
  if List.length t.line.left + List.length t.line.right + List.length added > max_characters then t
  else { t with line = { t.line with left = List.rev_append added t.line.left } }

(* Moves by characters while the condition holds for the next one. *)
let rec left_while accept line =
  match line.left with c :: left when accept c -> left_while accept { left; right = c :: line.right } | _ -> line

let rec right_while accept line =
  match line.right with c :: right when accept c -> right_while accept { left = c :: line.left; right } | _ -> line

let is_space c = c = " "
let not_space c = c <> " "
let word_left line = left_while not_space (left_while is_space line)
let word_right line = right_while not_space (right_while is_space line)
let all _ = true
let with_line t line = Going { t with line }

let left line = match line.left with c :: left -> { left; right = c :: line.right } | [] -> line
let right line = match line.right with c :: right -> { left = c :: line.left; right } | [] -> line

(* What is between the cursor and where it would move is cut. *)
let cut_to t target =
  let n = List.length target.left and m = List.length t.line.left in
  if n < m then
    let rec take k list before = if k = 0 then (before, list) else take (k - 1) (List.tl list) (List.hd list :: before) in
    let cut, left = take (m - n) t.line.left [] in
    Going { t with cut; line = { t.line with left } }
  else
    let rec take k list before = if k = 0 then (List.rev before, list) else take (k - 1) (List.tl list) (List.hd list :: before) in
    let cut, right = take (n - m) t.line.right [] in
    Going { t with cut; line = { t.line with right } }

let swap line =
  match line with
  | { left = b :: a :: left; right = [] } -> { left = a :: b :: left; right = [] }
  | { left = a :: left; right = b :: right } -> { left = a :: b :: left; right }
  | _ -> line

let go_to t place =
  if place < -1 || place >= Array.length t.history then Going t
  else
    let kept = if t.place = -1 then t.line else t.kept in
    let line = if place = -1 then kept else line_of t.history.(place) in
    Going { t with place; kept; line }

let holds query text =
  let n = String.length query in
  let rec at i = i + n <= String.length text && (String.sub text i n = query || at (i + 1)) in
  at 0

(* The first of the history at or behind the place that holds the query; where there is none it stays as it was. *)
let find t search ~from =
  let rec go i =
    if i >= Array.length t.history then { t with search = Some search }
    else if holds search.query t.history.(i) then
      { t with line = line_of t.history.(i); search = Some { search with found = i } }
    else go (i + 1)
  in
  if search.query = "" then { t with search = Some search } else go from

let rec edit t (key : Keys.key) =
  match key with
  | Char c -> Going (insert t c)
  | Enter -> Accepted (text t)
  | Left | Control 'b' -> with_line t (left t.line)
  | Right | Control 'f' -> with_line t (right t.line)
  | Word_left | Alt "b" -> with_line t (word_left t.line)
  | Word_right | Alt "f" -> with_line t (word_right t.line)
  | Home | Control 'a' -> with_line t (left_while all t.line)
  | End | Control 'e' -> with_line t (right_while all t.line)
  | Up | Control 'p' -> go_to t (t.place + 1)
  | Down | Control 'n' -> go_to t (t.place - 1)
  | Backspace -> with_line t { t.line with left = (match t.line.left with _ :: left -> left | [] -> []) }
  | Control 'd' when t.line = empty -> Ended
  | Delete | Control 'd' -> with_line t { t.line with right = (match t.line.right with _ :: right -> right | [] -> []) }
  | Control 'k' -> cut_to t (right_while all t.line)
  | Control 'u' -> cut_to t (left_while all t.line)
  | Control 'w' | Alt "\127" -> cut_to t (word_left t.line)
  | Alt "d" -> cut_to t (word_right t.line)
  | Control 'y' -> Going (insert t (String.concat "" t.cut))
  | Control 't' -> with_line t (swap t.line)
  | Control 'c' -> Interrupted
  | Control 'l' -> Cleared t
  | Control 'r' -> Going { t with search = Some { query = ""; before = t.line; found = 0 } }
  | Tab -> Completing t
  | Control _ | Alt _ | Insert | Page_up | Page_down | Escape | Unknown -> Going t

and in_search t search (key : Keys.key) =
  match key with
  | Char c -> Going (find t { search with query = search.query ^ c } ~from:search.found)
  | Control 'r' -> Going (find t search ~from:(search.found + 1))
  | Backspace ->
      let query =
        match List.rev (characters search.query) with [] -> "" | _ :: rest -> String.concat "" (List.rev rest)
      in
      Going (find t { search with query; found = 0 } ~from:0)
  | Control 'g' | Escape -> Going { t with search = None; line = search.before }
  | Control 'c' -> Interrupted
  | key -> edit { t with search = None } key

let key t key = match t.search with Some search -> in_search t search key | None -> edit t key

(* Control characters, which only a history can have, are shown as a mark. *)
let shown c = if c < " " then "?" else c

(* As many characters of the list as fit into so many columns. *)
let rec fit columns = function
  | c :: rest when Width.of_char (shown c) <= columns -> shown c :: fit (columns - Width.of_char (shown c)) rest
  | _ -> []

let width characters = List.fold_left (fun sum c -> sum + Width.of_char (shown c)) 0 characters

let render t =
  let prompt = match t.search with Some { query; _ } -> Printf.sprintf "(search: %s) " query | None -> t.prompt in
  (* The last column stays free: terminals differ in what they do after it. *)
  let room = max 8 (t.columns - Width.of_text prompt - 1) in
  let left = if width t.line.left <= room then List.map shown t.line.left else fit (room * 3 / 4) t.line.left in
  let right = fit (room - width left) t.line.right in
  let back = width right in
  String.concat ""
    ([ "\r"; prompt ] @ List.rev_append left right @ [ "\027[K" ] @ if back > 0 then [ Printf.sprintf "\027[%dD" back ] else [])
