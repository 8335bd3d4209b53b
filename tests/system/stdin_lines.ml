(* SPDX-License-Identifier: ISC
   Standard input with its end: given, empty, without a last newline, closed.
   run: stdin='one\ntwo\n\nfour\n'
   run: stdin='' expected=stdin_lines.empty
   run: stdin=closed expected=stdin_lines.empty
   run: stdin='one\ntwo\n\nfour' *)

let rec lines n =
  match input_line stdin with
  | line ->
      Printf.printf "%d %S\n" n line;
      lines (n + 1)
  | exception End_of_file ->
      Printf.printf "end of input after %d lines\n" n;
      n

let () =
  ignore (lines 0 : int);
  (* The end stays the end. *)
  match input_char stdin with
  | _ -> print_endline "more input after the end"
  | exception End_of_file -> print_endline "still at the end"
