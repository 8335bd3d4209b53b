(* SPDX-License-Identifier: ISC *)

module Words = Map.Make (String)

type t = { lines : int; words : int; bytes : int; frequencies : int Words.t }

let empty = { lines = 0; words = 0; bytes = 0; frequencies = Words.empty }
let lines t = t.lines
let words t = t.words
let bytes t = t.bytes
let frequency t word = Option.value ~default:0 (Words.find_opt word t.frequencies)

let is_word_byte = function
  | 'a' .. 'z' | 'A' .. 'Z' | '0' .. '9' | '\'' | '\128' .. '\255' -> true
  | _ -> false

let add_word t word =
  let count = function None -> Some 1 | Some n -> Some (n + 1) in
  let frequencies = Words.update (String.lowercase_ascii word) count t.frequencies in
  { t with words = t.words + 1; frequencies }

(* The first index from [i] on whose byte is (or is not, as [wanted] says) part of a word. *)
let rec skip line ~wanted i =
  if i < String.length line && is_word_byte line.[i] <> wanted then skip line ~wanted (i + 1) else i

let add_line t line =
  let rec add_words t i =
    let start = skip line ~wanted:true i in
    if start = String.length line then t
    else
      let stop = skip line ~wanted:false start in
      add_words (add_word t (String.sub line start (stop - start))) stop
  in
  let t = add_words t 0 in
  { t with lines = t.lines + 1; bytes = t.bytes + String.length line + 1 }

let of_channel ic =
  let rec read t = match In_channel.input_line ic with None -> t | Some line -> read (add_line t line) in
  read empty

let most_frequent n t =
  if n < 0 then invalid_arg "Wordcount.most_frequent: a negative number of words";
  let order (word, count) (word', count') =
    match Int.compare count' count with 0 -> String.compare word word' | c -> c
  in
  List.filteri (fun i _ -> i < n) (List.sort order (Words.bindings t.frequencies))
