(* SPDX-License-Identifier: ISC *)

open Scheme

type context = {
  lookup : string -> string option;
  arguments : string list;
  output : Syntax.script -> string;
  namespace : Namespace.t;
  cwd : Path.t;
}

let is_blank c = c = ' ' || c = '\t' || c = '\n'

let trim_newlines text =
  let n = ref (String.length text) in
  while !n > 0 && text.[!n - 1] = '\n' do decr n done;
  String.sub text 0 !n

(* The field that is being made: its pieces in reverse, and whether it is one even if it is empty. *)
type making = { mutable done_ : (string * bool) list list; mutable pieces : (string * bool) list; mutable is_field : bool }

let end_field making =
  if making.is_field then making.done_ <- List.rev making.pieces :: making.done_;
  making.pieces <- [];
  making.is_field <- false

let add making text ~quoted =
  if quoted || text <> "" then begin
    making.pieces <- (text, quoted) :: making.pieces;
    making.is_field <- true
  end

(* A value that is not quoted: blanks end fields. *)
let add_split making text =
  let n = String.length text in
  let rec go at =
    if at < n then
      if is_blank text.[at] then begin
        end_field making;
        go (at + 1)
      end
      else begin
        let stop = ref at in
        while !stop < n && not (is_blank text.[!stop]) do incr stop done;
        add making (String.sub text at (!stop - at)) ~quoted:false;
        go !stop
      end
  in
  go 0

let value context name =
  match name with
  | "*" | "@" -> String.concat " " context.arguments
  | _ -> Option.value (context.lookup name) ~default:""

let add_arguments making arguments =
  List.iteri
    (fun i argument ->
      if i > 0 then end_field making;
      add making argument ~quoted:true)
    arguments

let add_part context making (part : Syntax.part) =
  match part with
  | Text { text; quoted } -> add making text ~quoted
  | Variable { name = "@"; quoted = true } -> add_arguments making context.arguments
  | Variable { name; quoted = true } -> add making (value context name) ~quoted:true
  | Variable { name; quoted = false } -> add_split making (value context name)
  | Output { script; quoted } ->
      let text = trim_newlines (context.output script) in
      if quoted then add making text ~quoted:true else add_split making text

(* ["$@"] of nothing is no field, although it is quoted. *)
let is_only_arguments context (word : Syntax.word) =
  context.arguments = []
  && List.exists (function Syntax.Variable { name = "@"; quoted = true } -> true | _ -> false) word
  && List.for_all (function Syntax.Variable { name = "@"; _ } | Text { text = ""; _ } -> true | _ -> false) word

let home context (word : Syntax.word) : Syntax.word =
  match (word, context.lookup "HOME") with
  | Text { text; quoted = false } :: rest, Some home when text = "~" || String.starts_with ~prefix:"~/" text ->
      Text { text = home; quoted = true } :: Text { text = String.sub text 1 (String.length text - 1); quoted = false } :: rest
  | _ -> word

(* Names below [text], which ends in a slash or is empty, that match what is left. *)
let rec found context text parts =
  match parts with
  | [] -> [ text ]
  | part :: rest when Pattern.is_plain part || Pattern.text part = "" ->
      found context (text ^ Pattern.text part ^ if rest = [] then "" else "/") rest
  | part :: rest -> (
      match Namespace.list context.namespace ~cwd:context.cwd (if text = "" then "." else text) with
      | Error _ -> []
      | Ok entries ->
          let hidden = String.starts_with ~prefix:"." (Pattern.text part) in
          let fits name = (hidden || name.[0] <> '.') && Pattern.matches part name in
          let names = List.filter fits (List.map (fun (e : Stat.entry) -> e.name) entries) in
          List.concat_map
            (fun name ->
              let path = text ^ name in
              if rest = [] then [ path ]
              else
                match Namespace.stat context.namespace ~cwd:context.cwd path with
                | Ok { kind = Directory; _ } -> found context (path ^ "/") rest
                | _ -> [])
            (List.sort compare names))

let exists context path = Result.is_ok (Namespace.stat context.namespace ~cwd:context.cwd ~follow:false path)

let match_files context pieces =
  let pattern = Pattern.of_pieces pieces in
  if Pattern.is_plain pattern then [ Pattern.text pattern ]
  else
    match List.filter (exists context) (found context "" (Pattern.split pattern)) with
    | [] -> [ String.concat "" (List.map fst pieces) ]
    | files -> files

let pieces context word =
  let making = { done_ = []; pieces = []; is_field = false } in
  List.iter (add_part context making) (home context word);
  end_field making;
  List.rev making.done_

let fields context words =
  List.concat_map
    (fun word -> if is_only_arguments context word then [] else List.concat_map (match_files context) (pieces context word))
    words

let quote : Syntax.part -> Syntax.part = function
  | Text part -> Text { part with quoted = true }
  | Variable part -> Variable { part with quoted = true }
  | Output part -> Output { part with quoted = true }

let one context word =
  let word = List.map quote (home context word) in
  String.concat " " (List.map (fun pieces -> String.concat "" (List.map fst pieces)) (pieces context word))
