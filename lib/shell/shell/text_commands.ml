(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

let echo t =
  with_out t @@ fun out ->
  let newline, words = match t.arguments with "-n" :: words -> (false, words) | words -> (true, words) in
  Out.string out (String.concat " " words);
  if newline then Out.string out "\n";
  0

let expression t chosen text =
  let ignore_case = List.mem 'i' chosen in
  if List.mem 'F' chosen then Regex.plain ~ignore_case text
  else match Regex.parse ~ignore_case text with Ok regex -> regex | Error message -> fail t ~status:2 message

let grep t =
  let chosen, arguments = options t "EFchilnqv" in
  let is c = List.mem c chosen in
  match arguments with
  | [] -> usage t "[-EFchilnqv] EXPRESSION [FILE]..."
  | text :: files ->
      let regex = expression t chosen text in
      let found = ref false in
      with_out t @@ fun out ->
      let one file handle =
        let prefix = if List.length files > 1 && not (is 'h') then file ^ ":" else "" in
        let count = ref 0 and number = ref 0 in
        fold_lines t handle () (fun () line ->
            incr number;
            if Regex.matches regex line <> is 'v' then begin
              incr count;
              found := true;
              if not (is 'q' || is 'c' || is 'l') then
                Out.line out (prefix ^ (if is 'n' then string_of_int !number ^ ":" else "") ^ line);
              if is 'q' || is 'l' then None else Some ()
            end
            else Some ());
        if is 'c' && not (is 'q') then Out.printf out "%s%d\n" prefix !count;
        if is 'l' && !count > 0 && not (is 'q') then Out.line out file
      in
      let status = with_inputs t files one in
      if status <> 0 then 2 else if !found then 0 else 1

type counts = { lines : int; words : int; bytes : int; in_word : bool }

let count t handle =
  let slice = Slice.create 65536 in
  let rec go counts =
    match check t "read" (Handle.read handle slice) with
    | 0 -> counts
    | n ->
        let text = Slice.to_string (Slice.sub slice 0 n) in
        let step counts c =
          let is_space = c = ' ' || (c >= '\t' && c <= '\r') in
          {
            counts with
            lines = (counts.lines + if c = '\n' then 1 else 0);
            words = (counts.words + if counts.in_word || is_space then 0 else 1);
            in_word = not is_space;
          }
        in
        let counts = String.fold_left step counts text in
        go { counts with bytes = counts.bytes + n }
  in
  go { lines = 0; words = 0; bytes = 0; in_word = false }

let wc t =
  let chosen, files = options t "lwc" in
  let is c = chosen = [] || List.mem c chosen in
  let columns counts =
    List.filter_map
      (fun (c, n) -> if is c then Some (string_of_int n) else None)
      [ ('l', counts.lines); ('w', counts.words); ('c', counts.bytes) ]
  in
  with_out t @@ fun out ->
  let total = ref { lines = 0; words = 0; bytes = 0; in_word = false } in
  let show counts name = Out.line out (String.concat " " (columns counts @ if name = "-" then [] else [ name ])) in
  let status =
    with_inputs t files (fun file handle ->
        let counts = count t handle in
        total :=
          {
            !total with
            lines = !total.lines + counts.lines;
            words = !total.words + counts.words;
            bytes = !total.bytes + counts.bytes;
          };
        show counts file)
  in
  if List.length files > 1 then show !total "total";
  status

type amount = Lines of int | Bytes of int

(* "-n 5", "-n5" and "-5"; "-c 5" and "-c5" are bytes. *)
let amount t =
  let number make text rest =
    match int_of_string_opt text with Some n when n >= 0 -> (make n, rest) | _ -> fail t ~status:2 "a number was expected"
  in
  let lines n = Lines n and bytes n = Bytes n in
  let after n word = String.sub word n (String.length word - n) in
  match t.arguments with
  | "-n" :: n :: rest -> number lines n rest
  | "-c" :: n :: rest -> number bytes n rest
  | word :: rest when String.length word > 2 && String.starts_with ~prefix:"-n" word -> number lines (after 2 word) rest
  | word :: rest when String.length word > 2 && String.starts_with ~prefix:"-c" word -> number bytes (after 2 word) rest
  | word :: rest when String.length word > 1 && word.[0] = '-' -> number lines (after 1 word) rest
  | rest -> (Lines 10, rest)

(* In pieces, while the function answers how many bytes of the next one it takes. *)
let fold_pieces t handle wanted take =
  let slice = Slice.create 65536 in
  let rec go () =
    let most = min (wanted ()) (Slice.length slice) in
    if most > 0 then
      match check t "read" (Handle.read handle (Slice.sub slice 0 most)) with
      | 0 -> ()
      | n ->
          take (Slice.to_string (Slice.sub slice 0 n));
          go ()
  in
  go ()

let head t =
  let most, files = amount t in
  with_out t @@ fun out ->
  with_inputs t files (fun _ handle ->
      match most with
      | Lines most ->
          if most > 0 then
            ignore
              (fold_lines t handle most (fun left line ->
                   Out.line out line;
                   if left > 1 then Some (left - 1) else None))
      | Bytes most ->
          let left = ref most in
          fold_pieces t handle
            (fun () -> !left)
            (fun piece ->
              left := !left - String.length piece;
              Out.string out piece))

let last n text = String.sub text (max 0 (String.length text - n)) (min n (String.length text))

let tail t =
  let most, files = amount t in
  with_out t @@ fun out ->
  with_inputs t files (fun _ handle ->
      match most with
      | Lines most ->
          let kept = Queue.create () in
          fold_lines t handle () (fun () line ->
              Queue.push line kept;
              if Queue.length kept > most then ignore (Queue.pop kept);
              Some ());
          Queue.iter (Out.line out) kept
      | Bytes most ->
          let kept = ref "" in
          fold_pieces t handle (fun () -> max_int) (fun piece -> kept := last most (!kept ^ piece));
          Out.string out !kept)

(* The number that a line begins with; 0 if there is none. *)
let leading_number line =
  let line = String.trim line in
  let n = String.length line in
  let start = if n > 0 && (line.[0] = '-' || line.[0] = '+') then 1 else 0 in
  let rec stop i = if i < n && (match line.[i] with '0' .. '9' | '.' -> true | _ -> false) then stop (i + 1) else i in
  Option.value (float_of_string_opt (String.sub line 0 (stop start))) ~default:0.0

let sort t =
  let chosen, files = options t "nru" in
  let lines = ref [] in
  let status =
    with_inputs t files (fun _ handle ->
        fold_lines t handle () (fun () line ->
            lines := line :: !lines;
            Some ()))
  in
  let by_number a b =
    match Float.compare (leading_number a) (leading_number b) with 0 -> compare a b | n -> n
  in
  let order = if List.mem 'n' chosen then by_number else compare in
  let order = if List.mem 'r' chosen then fun a b -> order b a else order in
  let sorted = List.stable_sort order (List.rev !lines) in
  with_out t @@ fun out ->
  ignore
    (List.fold_left
       (fun last line ->
         if not (List.mem 'u' chosen && last = Some line) then Out.line out line;
         Some line)
       None sorted);
  status

let seq t =
  let numbers = List.map (fun text -> match int_of_string_opt text with Some n -> n | None -> fail t ~status:2 "a number was expected") t.arguments in
  let first, last = match numbers with [ last ] -> (1, last) | [ first; last ] -> (first, last) | _ -> usage t "[FIRST] LAST" in
  with_out t @@ fun out ->
  for i = first to last do
    Out.line out (string_of_int i)
  done;
  0

let all =
  [ ("echo", echo); ("grep", grep); ("head", head); ("seq", seq); ("sort", sort); ("tail", tail); ("wc", wc) ]
