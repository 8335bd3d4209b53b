(* SPDX-License-Identifier: ISC *)

open Picox_check.Check
open Init.Toml

let good text expected () =
  match parse text with
  | Error { line; problem } -> failwith (Printf.sprintf "line %d: %s" line problem)
  | Ok entries -> that "the entries" (List.map (fun e -> (String.concat "." e.key, e.value)) entries = expected)

let bad text at () =
  match parse text with
  | Ok _ -> failwith "it is accepted"
  | Error { line; problem } ->
      equal ("the line of: " ^ problem) at line;
      that "a problem" (problem <> "")

let random_texts () =
  let state = Random.State.make [| 3 |] in
  let pieces = [| "a"; "b.c"; " = "; "="; "\"x\""; "'y'"; "1"; "-2.5"; "true"; "["; "]"; ","; "\n"; "# c\n"; "[t]\n"; "\\"; "\""; "\000"; "\r\n"; "e" |] in
  for _ = 1 to scaled 20_000 do
    let text = String.concat "" (List.init (Random.State.int state 12) (fun _ -> pieces.(Random.State.int state (Array.length pieces)))) in
    match parse text with
    | Ok _ -> ()
    | Error { line; _ } ->
        let lines = List.length (String.split_on_char '\n' text) in
        that (Printf.sprintf "the line of %S" text) (line >= 1 && line <= lines)
  done

let add () =
  test "toml: values"
    (good
       "a = \"x\\ty\\u00e4\"  # comment\nb = 'raw\\n'\r\nn = -1_000\nx = 1.5e3\nt = true\nl = [1, [ \"a\",\n  'b', # c\n ] ,]\n\"q r\" = +7\n"
       [
         ("a", Text "x\ty\xc3\xa4"); ("b", Text "raw\\n"); ("n", Integer (-1000)); ("x", Float 1500.0); ("t", Boolean true);
         ("l", List [ Integer 1; List [ Text "a"; Text "b" ] ]); ("q r", Integer 7);
       ]);
  test "toml: tables" (good "a = 1\n[t]\nb = 2\nc.d = 3\n[ t.u ]\ne = 4" [ ("a", Integer 1); ("t.b", Integer 2); ("t.c.d", Integer 3); ("t.u.e", Integer 4) ]);
  test "toml: nothing" (good "\n# only this\n" []);
  List.iter
    (fun (text, line) -> test (Printf.sprintf "toml: refuses %S" text) (bad text line))
    [
      ("a = 1\na = 2", 2); ("a = 1\na.b = 2", 2); ("a.b = 1\n[a.b]", 2); ("[t]\n[t]", 2); ("a = ", 1); ("a", 1); ("= 1", 1);
      ("a = \"x", 1); ("a = \"x\ny\"", 1); ("a = \"\\q\"", 1); ("a = \"\\ud800\"", 1); ("a = 01", 1); ("a = 1__0", 1); ("a = 1_", 1);
      ("a = truely", 1); ("a = 1 2", 1); ("\na = [1", 2); ("a = [1 2]", 1); ("a = {}", 1); ("[[a]]", 1); ("a = \"\"\"x\"\"\"", 1);
      ("a = 99999999999999999999", 1); ("a = 1.", 1); ("a = .5", 1); ("a = \"\xff\"", 1); ("a = 1\r", 1);
      ("a = " ^ String.make 30 '[' ^ String.make 30 ']', 1);
    ];
  test "toml: random texts" random_texts
