(* SPDX-License-Identifier: ISC *)

let count text = List.fold_left Wordcount.add_line Wordcount.empty (String.split_on_char '\n' text)

let check name expected actual =
  if expected <> actual then (
    prerr_endline ("FAILED: " ^ name);
    exit 1)

let () =
  let t = count "The cat, the dog.\n\nDon't  stop; d\195\169j\195\160 vu" in
  check "lines" 3 (Wordcount.lines t);
  check "words" 8 (Wordcount.words t);
  check "bytes" 42 (Wordcount.bytes t);
  check "case is folded" 2 (Wordcount.frequency t "the");
  check "apostrophes belong to words" 1 (Wordcount.frequency t "don't");
  check "UTF-8 words stay whole" 1 (Wordcount.frequency t "d\195\169j\195\160");
  check "absent" 0 (Wordcount.frequency t "bird");
  check "order" [ ("the", 2); ("cat", 1) ] (Wordcount.most_frequent 2 t);
  check "empty" [] (Wordcount.most_frequent 3 Wordcount.empty);
  check "no words" 0 (Wordcount.words (count " .,; "))
