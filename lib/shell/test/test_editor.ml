(* SPDX-License-Identifier: ISC *)

(* From bytes to keys, and from keys to lines. *)

open Picox_check.Check
open Shell

let feed keys text = List.concat_map (Keys.feed keys) (List.of_seq (String.to_seq text))
let keys_of text = let keys = Keys.create () in let before = feed keys text in before @ Keys.flush keys
let bad = Keys.Char "\xef\xbf\xbd"

let keys () =
  test "keys: examples" (fun () ->
      List.iter
        (fun (text, expected) -> that (Printf.sprintf "%S" text) (keys_of text = expected))
        ([
           ("a", [ Char "a" ]);
           ("\xc3\xa4", [ Char "\xc3\xa4" ]);
           ("\xe2\x82\xac\xf0\x9f\x90\xab", [ Char "\xe2\x82\xac"; Char "\xf0\x9f\x90\xab" ]);
           ("\xc3", [ bad ]);
           ("\xc3a", [ bad; Char "a" ]);
           ("\x80", [ bad ]);
           ("\xc0\x80", [ bad; bad ]);
           ("\xed\xa0\x80", [ bad ]);
           ("\xff", [ bad ]);
           ("\r", [ Enter ]);
           ("\n", [ Enter ]);
           ("\t", [ Tab ]);
           ("\127", [ Backspace ]);
           ("\b", [ Backspace ]);
           ("\001\026\000", [ Control 'a'; Control 'z'; Control '@' ]);
           ("\028", [ Control '\\' ]);
           ("\027", [ Escape ]);
           ("\027\027", [ Escape; Escape ]);
           ("\027a", [ Alt "a" ]);
           ("\027\xc3\xa4", [ Alt "\xc3\xa4" ]);
           ("\027[A\027[B\027[C\027[D", [ Up; Down; Right; Left ]);
           ("\027OA\027OH\027OF", [ Up; Home; End ]);
           ("\027[H\027[F\027[1~\027[4~\027[7~\027[8~", [ Home; End; Home; End; Home; End ]);
           ("\027[3~\027[2~\027[5~\027[6~", [ Delete; Insert; Page_up; Page_down ]);
           ("\027[1;5C\027[1;3D\027[1;2C", [ Word_right; Word_left; Right ]);
           ("\027[3;5~", [ Delete ]);
           ("\027[200~", [ Unknown ]);
           ("\027[?1x", [ Unknown ]);
           ("\027[99999999999A", [ Unknown ]);
           ("\027[1;2;3;4R", [ Unknown ]);
           ("\027[" ^ String.make 33 '1', [ Unknown ]);
           ("\027[1\027[A", [ Unknown; Up ]);
           ("\027[1\r", [ Unknown; Enter ]);
           ("\027O\027[A", [ Unknown; Up ]);
           ("\027[", [ Alt "[" ]);
         ]
          : (string * Keys.key list) list));
  test "keys: any bytes give keys, and always whole characters" (fun () ->
      let random = Random.State.make [| 31 |] in
      for _ = 1 to scaled 50_000 do
        let text =
          String.init (Random.State.int random 12) (fun _ ->
              match Random.State.int random 4 with
              | 0 -> "\027[O;~A1?".[Random.State.int random 8]
              | 1 -> "\xc3\xa4\xe2\x82\xac\xf0\x9f".[Random.State.int random 7]
              | _ -> Char.chr (Random.State.int random 256))
        in
        let keys = Keys.create () in
        let got = feed keys text in
        let rest = Keys.flush keys in
        that "at rest" (not (Keys.is_pending keys));
        that "one at most" (List.length rest <= 1);
        List.iter
          (function Keys.Char c | Alt c -> that "UTF-8" (String.is_valid_utf_8 c && c <> "") | _ -> ())
          (got @ rest)
      done)

(* What a line is after these bytes; and how it ended. *)
let edited ?(history = []) text =
  List.fold_left
    (fun (editor, ending) key ->
      match ending with
      | Some _ -> (editor, ending)
      | None -> (
          match Editor.key editor key with
          | Editor.Going editor | Cleared editor | Completing editor -> (editor, None)
          | Accepted line -> (editor, Some (`Line line))
          | Interrupted -> (editor, Some `Interrupted)
          | Ended -> (editor, Some `End)))
    (Editor.start ~prompt:"$ " ~columns:40 ~history, None)
    (keys_of text)

let is ?history text expected =
  let editor, _ = edited ?history text in
  let got = Editor.text editor in
  that (Printf.sprintf "%S gives %S, not %S" text got expected) (got = expected)

let lines () =
  test "editor: moving and deleting" (fun () ->
      is "abc" "abc";
      is "abc\027[D\027[DX" "aXbc";
      is "abc\001X\005Y" "XabcY";
      is "abc\027[HX\027[FY" "XabcY";
      is "abc\127" "ab";
      is "\127\127a" "a";
      is "abc\027[D\027[3~" "ab";
      is "abc\001\004" "bc";
      is "\xc3\xa4\xf0\x9f\x90\xab\127" "\xc3\xa4";
      is "\xc3\xa4b\002\002X" "X\xc3\xa4b";
      is "abc def\023" "abc ";
      is "abc def  \023" "abc ";
      is "abc def\001\011" "";
      is "abc def\027[D\027[D\021" "ef";
      is "abc def\021\025\025" "abc defabc def";
      is "abc def\027[1;5DX" "abc Xdef";
      is "abc def\001\027fX" "abcX def";
      is "abc def\001\027d" " def";
      is "abc\020" "acb";
      is "abc\002\020" "acb";
      is "a\006\006\006b" "ab";
      is "\000\015a\027[200~\027x" "a");
  test "editor: history" (fun () ->
      let history = [ "new"; "middle"; "old" ] in
      is ~history "\027[A" "new";
      is ~history "\027[A\027[A\027[A\027[A" "old";
      is ~history "typed\027[A\027[B" "typed";
      is ~history "\027[A\027[A\016\014\014" "new";
      is ~history "\027[AX\027[A\027[B" "new";
      is ~history "\018d" "middle";
      is ~history "\018ol" "old";
      is ~history "\018e\018" "middle";
      is ~history "x\018zzz" "x";
      is ~history "x\018ol\007" "x";
      is ~history "\018ol\005X" "oldX";
      is ~history "\018do\127" "middle");
  test "editor: how a line ends" (fun () ->
      let ends ?history text expected = that (Printf.sprintf "%S" text) (snd (edited ?history text) = Some expected) in
      ends "abc\r" (`Line "abc");
      ends "\r" (`Line "");
      ends "abc\003" `Interrupted;
      ends "\004" `End;
      ends ~history:[ "found" ] "\018fo\r" (`Line "found");
      that "not in a line" (snd (edited "a\004") = None))

(* A terminal that understands what is drawn: what is in its line, and where the cursor is. *)
let screen text =
  let columns = 200 in
  let cells = Array.make columns " " and at = ref 0 in
  let n = String.length text in
  let rec go i =
    if i < n then
      match text.[i] with
      | '\r' ->
          at := 0;
          go (i + 1)
      | '\027' when text.[i + 2] = 'K' ->
          Array.fill cells !at (columns - !at) " ";
          go (i + 3)
      | '\027' ->
          let stop = String.index_from text i 'D' in
          at := !at - int_of_string (String.sub text (i + 2) (stop - i - 2));
          go (stop + 1)
      | _ ->
          let length = Uchar.utf_decode_length (String.get_utf_8_uchar text i) in
          let c = String.sub text i length in
          cells.(!at) <- c;
          for j = 1 to Width.of_char c - 1 do cells.(!at + j) <- "" done;
          at := !at + Width.of_char c;
          go (i + length)
  in
  go 0;
  (String.concat "" (Array.to_list cells), !at)

let drawing () =
  test "editor: what is drawn" (fun () ->
      let drawn text = screen (Editor.render (fst (edited text))) in
      let line, at = drawn "abc\027[D" in
      that line (String.trim line = "$ abc");
      equal "cursor" 4 at;
      let line, at = drawn "\xe4\xb8\xad\xe6\x96\x87\027[D" in
      that line (String.trim line = "$ \xe4\xb8\xad\xe6\x96\x87");
      equal "wide" 4 at);
  test "editor: the cursor is always on the screen, before what it is before" (fun () ->
      let random = Random.State.make [| 32 |] in
      for _ = 1 to scaled 3_000 do
        let text =
          String.concat ""
            (List.init (Random.State.int random 150) (fun _ ->
                 match Random.State.int random 6 with
                 | 0 -> "\027[D"
                 | 1 -> "\xe4\xb8\xad"
                 | 2 -> "\127"
                 | _ -> String.make 1 (Char.chr (97 + Random.State.int random 26))))
        in
        let editor, _ = edited text in
        let line, at = screen (Editor.render editor) in
        that "in the line" (at >= 2 && at < 40);
        that "not too long" (Width.of_text (String.trim line) < 40);
        (* What is drawn before the cursor is an end of what is before it. *)
        let columns = ref 0 and before = Buffer.create 40 in
        let rec go i =
          if !columns < at then begin
            let n = Uchar.utf_decode_length (String.get_utf_8_uchar line i) in
            let c = String.sub line i n in
            Buffer.add_string before c;
            columns := !columns + Width.of_char c;
            go (i + n)
          end
        in
        go 0;
        let shown = Buffer.contents before in
        let shown = String.sub shown 2 (String.length shown - 2) in
        that (Printf.sprintf "%S ends in %S" (Editor.before editor) shown) (String.ends_with ~suffix:shown (Editor.before editor))
      done)

let add () =
  keys ();
  lines ();
  drawing ()
