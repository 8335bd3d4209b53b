(* SPDX-License-Identifier: ISC

   wordcount [--top N] [FILE]: counts the words of a file, or of standard input. *)

let usage = "wordcount [--top N] [FILE]"

let count = function
  | None -> Wordcount.of_channel stdin
  | Some path -> In_channel.with_open_bin path Wordcount.of_channel

let print ~top t =
  Printf.printf "%d lines, %d words, %d bytes\n" (Wordcount.lines t) (Wordcount.words t) (Wordcount.bytes t);
  List.iter (fun (word, n) -> Printf.printf "%6d %s\n" n word) (Wordcount.most_frequent top t)

let () =
  let top = ref 10 and path = ref None in
  Arg.parse [ ("--top", Arg.Set_int top, "N print the N most frequent words (default 10)") ]
    (fun file -> path := Some file)
    usage;
  match count !path with
  | t -> print ~top:(max 0 !top) t
  | exception Sys_error message ->
      prerr_endline ("wordcount: " ^ message);
      exit 1
