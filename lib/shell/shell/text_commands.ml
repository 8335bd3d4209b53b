(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

(* With -e: \n and such; \c ends it. *)
let unescape text =
  let n = String.length text in
  let made = Buffer.create n in
  let octal i = i < n && text.[i] >= '0' && text.[i] <= '7' in
  let rec go i =
    if i >= n then true
    else if text.[i] <> '\\' || i + 1 = n then begin
      Buffer.add_char made text.[i];
      go (i + 1)
    end
    else
      let put c =
        Buffer.add_char made c;
        go (i + 2)
      in
      match text.[i + 1] with
      | 'n' -> put '\n'
      | 't' -> put '\t'
      | 'r' -> put '\r'
      | 'a' -> put '\007'
      | 'b' -> put '\b'
      | 'e' -> put '\027'
      | '\\' -> put '\\'
      | 'c' -> false
      | '0' ->
          let rec digits j value = if j < i + 5 && octal j then digits (j + 1) ((8 * value) + Char.code text.[j] - 48) else (j, value) in
          let next, value = digits (i + 2) 0 in
          Buffer.add_char made (Char.chr (value land 255));
          go next
      | c ->
          Buffer.add_char made '\\';
          put c
  in
  let goes_on = go 0 in
  (Buffer.contents made, goes_on)

let echo t =
  let is_option word = String.length word > 1 && word.[0] = '-' && String.for_all (fun c -> String.contains "neE" c) (String.sub word 1 (String.length word - 1)) in
  let rec split chosen = function word :: rest when is_option word -> split (chosen ^ word) rest | words -> (chosen, words) in
  let chosen, words = split "" t.arguments in
  let escapes = String.fold_left (fun escapes c -> match c with 'e' -> true | 'E' -> false | _ -> escapes) false chosen in
  let text = String.concat " " words in
  let text, goes_on = if escapes then unescape text else (text, true) in
  with_out t @@ fun out ->
  Out.string out text;
  if goes_on && not (String.contains chosen 'n') then Out.string out "\n";
  0

(* grep *)

let is_word_byte = function 'a' .. 'z' | 'A' .. 'Z' | '0' .. '9' | '_' -> true | _ -> false

(* Where it is whole words only. *)
let rec find_word regex line ~from =
  match Regex.find regex line ~from with
  | None -> None
  | Some (start, stop) ->
      let outside i = i < 0 || i >= String.length line || not (is_word_byte line.[i]) in
      if outside (start - 1) && outside stop then Some (start, stop) else find_word regex line ~from:(start + 1)

let expression t chosen texts =
  let ignore_case = List.mem 'i' chosen in
  let escaped text = String.concat "" (List.map (fun c -> if is_word_byte c then String.make 1 c else Printf.sprintf "\\%c" c) (List.of_seq (String.to_seq text))) in
  let texts = if List.mem 'F' chosen then List.map escaped texts else texts in
  let texts = if List.mem 'x' chosen then List.map (fun text -> "^(" ^ text ^ ")$") texts else texts in
  match Regex.parse ~ignore_case (String.concat "|" texts) with Ok regex -> regex | Error message -> fail t ~status:2 message

let number_of t what text =
  match int_of_string_opt text with Some n when n >= 0 -> n | _ -> fail t ~status:2 (Printf.sprintf "%s: a number was expected, not %s" what text)

(* The files below each folder. A link is followed if it is named, but not below: it may lead up again. *)
let files_below t path =
  let rec below ~follow path =
    match Namespace.stat t.namespace ~cwd:t.cwd ~follow path with
    | Ok { kind = Directory; _ } -> (
        match Namespace.list t.namespace ~cwd:t.cwd path with
        | Error _ -> [ path ]
        | Ok entries ->
            let names = List.sort compare (List.map (fun (e : Stat.entry) -> e.name) entries) in
            let path = if String.ends_with ~suffix:"/" path then path else path ^ "/" in
            List.concat_map (fun name -> below ~follow:false (path ^ name)) names)
    | Ok { kind = Link; _ } -> []
    | _ -> [ path ]
  in
  below ~follow:true path

let grep_usage = "[-EFHchilnoqrsvwx] [-m NUMBER] [-e] EXPRESSION [FILE]..."

let grep t =
  let chosen, given, arguments = options_with t ~flags:"EFHRchilnoqrsvwx" ~values:"em" in
  let is c = List.mem c chosen in
  let texts = List.filter_map (fun (c, text) -> if c = 'e' then Some text else None) given in
  let texts, files = match (texts, arguments) with [], text :: files -> ([ text ], files) | [], [] -> usage t grep_usage | texts, files -> (texts, files) in
  let regex = expression t chosen texts in
  let most = match List.assoc_opt 'm' given with Some text -> number_of t "-m" text | None -> max_int in
  let below = is 'r' || is 'R' in
  let files = if not below then files else List.concat_map (files_below t) (if files = [] then [ "." ] else files) in
  let prefixed = (is 'H' || below || List.compare_length_with files 1 > 0) && not (is 'h') in
  let find line ~from = if is 'w' then find_word regex line ~from else Regex.find regex line ~from in
  let matches line = if is 'w' then find line ~from:0 <> None else Regex.matches regex line in
  let found = ref false in
  with_out t @@ fun out ->
  let one file handle =
    let prefix = if prefixed then (if file = "-" then "(input)" else file) ^ ":" else "" in
    let count = ref 0 and number = ref 0 in
    let told line = Out.line out (prefix ^ (if is 'n' then string_of_int !number ^ ":" else "") ^ line) in
    let rec parts line from =
      match find line ~from with
      | Some (start, stop) when stop > start ->
          told (String.sub line start (stop - start));
          parts line stop
      | Some (start, _) when start < String.length line -> parts line (start + 1)
      | _ -> ()
    in
    if most > 0 then
      fold_lines t handle () (fun () line ->
          incr number;
          if matches line <> is 'v' then begin
            incr count;
            found := true;
            if not (is 'q' || is 'c' || is 'l') then if not (is 'o') then told line else if not (is 'v') then parts line 0;
            if is 'q' || is 'l' || !count >= most then None else Some ()
          end
          else Some ());
    if is 'c' && not (is 'q') then Out.printf out "%s%d\n" prefix !count;
    if is 'l' && !count > 0 && not (is 'q') then Out.line out file
  in
  let status = with_inputs t ~quiet:(is 's') files one in
  if is 'q' && !found then 0 else if status <> 0 then 2 else if !found then 0 else 1

type counts = { lines : int; words : int; bytes : int; characters : int; longest : int; line : int; in_word : bool }

let no_counts = { lines = 0; words = 0; bytes = 0; characters = 0; longest = 0; line = 0; in_word = false }

let count t handle =
  let slice = Slice.create 65536 in
  let step counts c =
    let is_space = c = ' ' || (c >= '\t' && c <= '\r') in
    (* Of a character of UTF-8 the first byte. *)
    let begins = Char.code c land 0xc0 <> 0x80 in
    let line = if c = '\n' then 0 else if begins then counts.line + 1 else counts.line in
    {
      bytes = counts.bytes + 1;
      lines = (counts.lines + if c = '\n' then 1 else 0);
      words = (counts.words + if counts.in_word || is_space then 0 else 1);
      characters = (counts.characters + if begins then 1 else 0);
      longest = Int.max counts.longest line;
      line;
      in_word = not is_space;
    }
  in
  let rec go counts =
    match check t "read" (Handle.read handle slice) with
    | 0 -> counts
    | n -> go (String.fold_left step counts (Slice.to_string (Slice.sub slice 0 n)))
  in
  go no_counts

let wc t =
  let chosen, files = options t "lwcmL" in
  let is c = if chosen = [] then String.contains "lwc" c else List.mem c chosen in
  let columns counts =
    List.filter_map
      (fun (c, n) -> if is c then Some (string_of_int n) else None)
      [ ('l', counts.lines); ('w', counts.words); ('m', counts.characters); ('c', counts.bytes); ('L', counts.longest) ]
  in
  with_out t @@ fun out ->
  let total = ref no_counts in
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
            characters = !total.characters + counts.characters;
            longest = Int.max !total.longest counts.longest;
          };
        show counts file)
  in
  if List.length files > 1 then show !total "total";
  status

(* From the front or the end; [From]: beginning with that one, the first being 1. *)
type unit_ = In_lines | In_bytes
type amount = { unit_ : unit_; count : int; from : bool }

(* "-n 5", "-n5" and "-5"; "-c 5" are bytes; "+5" is from there on. The other options are of those letters. *)
let amount t ~flags =
  let short word = String.length word > 1 && (word.[0] = '-' || word.[0] = '+') && word.[1] >= '0' && word.[1] <= '9' in
  let t =
    match t.arguments with
    | word :: rest when short word ->
        { t with arguments = "-n" :: (if word.[0] = '-' then String.sub word 1 (String.length word - 1) else word) :: rest }
    | _ -> t
  in
  let chosen, given, files = options_with t ~flags ~values:"nc" in
  let decode (c, text) =
    let from = String.length text > 1 && text.[0] = '+' in
    let digits = if from then String.sub text 1 (String.length text - 1) else text in
    { unit_ = (if c = 'n' then In_lines else In_bytes); count = number_of t (Printf.sprintf "-%c" c) digits; from }
  in
  let amount = List.fold_left (fun _ one -> decode one) { unit_ = In_lines; count = 10; from = false } given in
  (amount, chosen, files)

(* With several files the name of each comes first. *)
let headers chosen files out =
  let told = ref false in
  fun file ->
    if (List.compare_length_with files 1 > 0 && not (List.mem 'q' chosen)) || List.mem 'v' chosen then begin
      Out.printf out "%s==> %s <==\n" (if !told then "\n" else "") (if file = "-" then "(input)" else file);
      told := true
    end

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
  let { unit_; count; _ }, chosen, files = amount t ~flags:"qv" in
  with_out t @@ fun out ->
  let header = headers chosen files out in
  with_inputs t files (fun file handle ->
      header file;
      match unit_ with
      | In_lines ->
          if count > 0 then
            ignore
              (fold_lines t handle count (fun left line ->
                   Out.line out line;
                   if left > 1 then Some (left - 1) else None))
      | In_bytes ->
          let left = ref count in
          fold_pieces t handle
            (fun () -> !left)
            (fun piece ->
              left := !left - String.length piece;
              Out.string out piece))

let last n text = String.sub text (max 0 (String.length text - n)) (min n (String.length text))
let without n text = if n >= String.length text then "" else String.sub text n (String.length text - n)

(* What is not a file waits by itself; of a file what comes is looked for. *)
let follow_every = 0.2

let follow t out handle =
  let slice = Slice.create 65536 in
  let rec go () =
    Out.flush out;
    match check t "read" (Handle.read handle slice) with
    | 0 when Handle.is_seekable handle ->
        Picos.Fiber.sleep ~seconds:follow_every;
        go ()
    | 0 -> ()
    | n ->
        Out.string out (Slice.to_string (Slice.sub slice 0 n));
        go ()
  in
  go ()

let tail t =
  let { unit_; count; from }, chosen, files = amount t ~flags:"fqv" in
  let follows = List.mem 'f' chosen in
  if follows && List.compare_length_with files 1 > 0 then fail t ~status:2 "-f follows one file";
  with_out t @@ fun out ->
  let header = headers chosen files out in
  with_inputs t files (fun file handle ->
      header file;
      (match (unit_, from) with
      | In_lines, true ->
          let number = ref 0 in
          fold_lines t handle () (fun () line ->
              incr number;
              if !number >= count then Out.line out line;
              Some ())
      | In_lines, false ->
          let kept = Queue.create () in
          fold_lines t handle () (fun () line ->
              Queue.push line kept;
              if Queue.length kept > count then ignore (Queue.pop kept);
              Some ());
          Queue.iter (Out.line out) kept
      | In_bytes, true ->
          let left = ref (Int.max 0 (count - 1)) in
          fold_pieces t handle (fun () -> max_int) (fun piece ->
              Out.string out (without !left piece);
              left := Int.max 0 (!left - String.length piece))
      | In_bytes, false ->
          let kept = ref "" in
          fold_pieces t handle (fun () -> max_int) (fun piece -> kept := last count (!kept ^ piece));
          Out.string out !kept);
      if follows then follow t out handle)

(* The number that a line begins with; 0 if there is none. *)
let leading_number line =
  let line = String.trim line in
  let n = String.length line in
  let start = if n > 0 && (line.[0] = '-' || line.[0] = '+') then 1 else 0 in
  let rec stop i = if i < n && (match line.[i] with '0' .. '9' | '.' -> true | _ -> false) then stop (i + 1) else i in
  Option.value (float_of_string_opt (String.sub line 0 (stop start))) ~default:0.0

(* A part of the line: from a field to a field, the first being 1, and how it is compared. *)
type key = { first : int; last : int; by : string }

let whole = { first = 1; last = max_int; by = "" }

let key_of t text =
  let wrong () = fail t ~status:2 ("a key is FIRST[nrf][,LAST[nrf]], not " ^ text) in
  let part text =
    let n = String.length text in
    let rec digits i = if i < n && text.[i] >= '0' && text.[i] <= '9' then digits (i + 1) else i in
    let stop = digits 0 in
    let by = String.sub text stop (n - stop) in
    match int_of_string_opt (String.sub text 0 stop) with
    | Some field when field >= 1 && String.for_all (fun c -> String.contains "nrfb" c) by -> (field, by)
    | _ -> wrong ()
  in
  match String.split_on_char ',' text with
  | [ first ] ->
      let first, by = part first in
      { first; last = max_int; by }
  | [ first; last ] ->
      let first, by = part first and last, more = part last in
      { first; last; by = by ^ more }
  | _ -> wrong ()

(* Where fields begin and end: between separators, or each with the blanks before it. *)
let fields separator line =
  let n = String.length line in
  let is_blank i = line.[i] = ' ' || line.[i] = '\t' in
  let rec blanks i = if i < n && is_blank i then blanks (i + 1) else i in
  let rec word i = if i < n && not (is_blank i) then word (i + 1) else i in
  match separator with
  | Some c ->
      let rec go start = match String.index_from_opt line start c with Some stop -> (start, stop) :: go (stop + 1) | None -> [ (start, n) ] in
      go 0
  | None ->
      let rec go start = if start >= n then [] else let stop = word (blanks start) in (start, stop) :: go stop in
      go 0

let part_of separator key line =
  if key.first = 1 && key.last = max_int then line
  else
    let fields = fields separator line in
    match List.nth_opt fields (key.first - 1) with
    | None -> ""
    | Some (start, _) ->
        let stop = match List.nth_opt fields (key.last - 1) with Some (_, stop) when key.last < max_int -> stop | _ -> String.length line in
        if stop <= start then "" else String.sub line start (stop - start)

let compare_by by a b =
  let has c = String.contains by c in
  let trimmed text = if has 'b' then String.trim text else text in
  let folded text = if has 'f' then String.uppercase_ascii text else text in
  let order = if has 'n' then Float.compare (leading_number a) (leading_number b) else compare (folded (trimmed a)) (folded (trimmed b)) in
  if has 'r' then -order else order

let sort t =
  let chosen, given, files = options_with t ~flags:"nrufbsc" ~values:"kto" in
  let is c = List.mem c chosen in
  let separator =
    match List.assoc_opt 't' given with
    | None -> None
    | Some text when String.length text = 1 -> Some text.[0]
    | Some text -> fail t ~status:2 ("-t is one character, not " ^ text)
  in
  let usual = String.concat "" (List.filter_map (fun c -> if is c then Some (String.make 1 c) else None) [ 'n'; 'r'; 'f'; 'b' ]) in
  let keys = List.filter_map (fun (c, text) -> if c = 'k' then Some (key_of t text) else None) given in
  let keys = List.map (fun key -> if key.by = "" then { key with by = usual } else key) (if keys = [] then [ whole ] else keys) in
  let by_keys a b =
    List.fold_left (fun order key -> if order <> 0 then order else compare_by key.by (part_of separator key a) (part_of separator key b)) 0 keys
  in
  (* At last the lines themselves, so that the order is always the same. *)
  let order a b =
    match by_keys a b with 0 when not (is 's' || is 'u') -> if is 'r' then compare b a else compare a b | n -> n
  in
  let lines = ref [] in
  let status =
    with_inputs t files (fun _ handle ->
        fold_lines t handle () (fun () line ->
            lines := line :: !lines;
            Some ()))
  in
  let lines = List.rev !lines in
  if is 'c' then begin
    let rec look = function
      | a :: (b :: _ as rest) -> if order a b > 0 || (is 'u' && order a b = 0) then fail t ("not in order: " ^ b) else look rest
      | _ -> status
    in
    look lines
  end
  else
    let put out =
      ignore
        (List.fold_left
           (fun last line ->
             let again = is 'u' && match last with Some last -> by_keys last line = 0 | None -> false in
             if not again then Out.line out line;
             if again then last else Some line)
           None (List.stable_sort order lines));
      status
    in
    match List.assoc_opt 'o' given with
    | None -> with_out t put
    | Some path ->
        let file = check t path (Namespace.open_ t.namespace ~cwd:t.cwd ~flags:Request.writing path) in
        Handle.using file (fun output -> with_out { t with output } put)

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
