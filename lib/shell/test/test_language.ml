(* SPDX-License-Identifier: ISC *)

(* The language by itself: what is read as what, patterns, expressions, dates. *)

open Picox_check.Check
open Shell

let parsing () =
  let incomplete text = that (Printf.sprintf "%S goes on" text) (Parse.script text = Error Incomplete) in
  let wrong text =
    that (Printf.sprintf "%S is wrong" text) (match Parse.script text with Error (Wrong _) -> true | _ -> false)
  in
  let right text = that (Printf.sprintf "%S is right" text) (Result.is_ok (Parse.script text)) in
  test "parse: what is right, goes on, or is wrong" (fun () ->
      List.iter right
        [
          "";
          "\n\n # nothing\n";
          "a; b & c && d || e | f";
          "a 2>&1 >x <y >>z 2>q";
          "if a; then b; elif c; then d; else e; fi >x";
          "while a; do b; done | c";
          "for x in 1 2 3; do echo $x; done";
          "for x\ndo a\ndone";
          "{ a; b; } && (c; d)";
          "! a | b";
          "echo $(a | b $(c)) \"$(d \"e\")\"";
          "A=1 B= c D=2";
          "echo 'a\nb' \\\nc";
          "echo if then fi";
          "echo a#b #c";
          "echo $ $";
          "a &&\n\n b |\n c";
        ];
      List.iter incomplete
        [
          "echo 'a";
          "echo \"a";
          "a &&";
          "a |";
          "if a";
          "if a; then";
          "if a; then b";
          "if a; then b; else";
          "while a; do b";
          "for x in a";
          "for";
          "{ a";
          "(a";
          "echo $(a";
          "echo ${a";
          "echo \\";
          "echo \"\\";
          "a >";
          "!";
        ];
      List.iter wrong
        [ ")"; "fi"; "a; ; b"; "a & & b"; "| a"; "if ; then a; fi"; "a >; b"; "a << b"; "`a`"; "echo $((1))"; "a ("; "a 3>x"; "a >& x"; "${}"; "echo ${a b}"; "for 1 in a; do b; done"; "a ;; b"; "}" ];
      wrong (String.concat "" (List.init 200 (fun _ -> "(")));
      match Parse.script "a\nb\n)" with
      | Error (Wrong { line; _ }) -> equal "line" 3 line
      | _ -> failwith "right");
  test "parse: random texts end, and never raise" (fun () ->
      let random = Random.State.make [| 21 |] in
      let pieces = [| "a"; " "; "\n"; ";"; "&"; "|"; "&&"; "||"; "("; ")"; "{"; "}"; "if "; "then "; "fi"; "do "; "done"; "while "; "for "; "in "; "'"; "\""; "$"; "$("; "${"; "\\"; ">"; "<"; ">&"; "2>"; "#"; "="; "!"; "*"; "\000"; "\xff" |] in
      for _ = 1 to scaled 50_000 do
        let text = String.concat "" (List.init (Random.State.int random 20) (fun _ -> pieces.(Random.State.int random (Array.length pieces)))) in
        ignore (Parse.script text)
      done)

let patterns () =
  test "pattern: against a matcher that tries everything" (fun () ->
      let random = Random.State.make [| 22 |] in
      let int n = Random.State.int random n in
      (* Only of a, b, star and question mark. *)
      let rec naive p s =
        match (p, s) with
        | [], [] -> true
        | '*' :: p', _ -> naive p' s || (match s with _ :: s' -> naive p s' | [] -> false)
        | '?' :: p, _ :: s -> naive p s
        | c :: p, d :: s -> c = d && naive p s
        | _ -> false
      in
      let list text = List.of_seq (String.to_seq text) in
      for _ = 1 to scaled 20_000 do
        let pattern = String.init (int 7) (fun _ -> "ab*?".[int 4]) and name = String.init (int 7) (fun _ -> "ab".[int 2]) in
        that (pattern ^ " " ^ name) (Pattern.matches (Pattern.of_pieces [ (pattern, false) ]) name = naive (list pattern) (list name))
      done);
  test "pattern: sets and quotes" (fun () ->
      let matches pieces name = Pattern.matches (Pattern.of_pieces pieces) name in
      that "range" (matches [ ("[a-c]x", false) ] "bx" && not (matches [ ("[a-c]x", false) ] "dx"));
      that "others" (matches [ ("[!a-c]", false) ] "d" && not (matches [ ("[!a-c]", false) ] "a"));
      that "bracket first" (matches [ ("[]]", false) ] "]");
      that "open" (matches [ ("[a", false) ] "[a");
      that "quoted" (matches [ ("*", true) ] "*" && not (matches [ ("*", true) ] "a"));
      that "plain" (Pattern.is_plain (Pattern.of_pieces [ ("a[b", false); ("*", true) ]));
      that "long" (not (matches [ (String.concat "" (List.init 50 (fun _ -> "*a")), false) ] (String.make 200 'b'))))

let expressions () =
  test "regex: examples" (fun () ->
      List.iter
        (fun (text, yes, no) ->
          match Regex.parse text with
          | Error message -> failwith message
          | Ok regex ->
              List.iter (fun line -> that (text ^ " matches " ^ line) (Regex.matches regex line)) yes;
              List.iter (fun line -> that (text ^ " does not match " ^ line) (not (Regex.matches regex line))) no)
        [
          ("", [ ""; "a" ], []);
          ("abc", [ "abc"; "xabcx" ], [ "ab"; "" ]);
          ("^abc$", [ "abc" ], [ "xabc"; "abcx" ]);
          ("a.c", [ "abc" ], [ "ac" ]);
          ("^a*$", [ ""; "aaa" ], [ "ab" ]);
          ("^a+$", [ "a" ], [ ""; "b" ]);
          ("^ab?c$", [ "ac"; "abc" ], [ "abbc" ]);
          ("^(a|bc)+$", [ "a"; "bca"; "abcbc" ], [ ""; "b" ]);
          ("^(a*)*$", [ ""; "aa" ], [ "b" ]);
          ("^(a*)+b$", [ "b"; "aab" ], [ "a" ]);
          ("[0-9]+", [ "a1" ], [ "a" ]);
          ("^[^a]$", [ "b" ], [ "a" ]);
          ("^[]]$", [ "]" ], [ "a" ]);
          ("a\\.b", [ "a.b" ], [ "axb" ]);
          ("^$", [ "" ], [ "a" ]);
          ("a|", [ "b" ], []);
        ];
      that "case" (Regex.matches (Result.get_ok (Regex.parse ~ignore_case:true "AbC[x-z]")) "abcY");
      that "plain" (Regex.matches (Regex.plain "a.*") "xa.*" && not (Regex.matches (Regex.plain "a.*") "abc"));
      List.iter (fun text -> that text (Result.is_error (Regex.parse text))) [ "("; ")"; "["; "*"; "a|*"; "\\"; "(a" ];
      (* One that tries everything would not end. *)
      let hard = Result.get_ok (Regex.parse "^(a|a)*(a|a)*(a|a)*b$") in
      that "hard" (not (Regex.matches hard (String.make 2000 'a'))))

let dates () =
  test "calendar: dates" (fun () ->
      let text days = let d = Calendar.of_days days in Printf.sprintf "%d-%d-%d %d" d.year d.month d.day (Calendar.weekday days) in
      List.iter
        (fun (days, expected) -> that expected (text days = expected))
        [
          (0, "1970-1-1 4");
          (-1, "1969-12-31 3");
          (11016, "2000-2-29 2");
          (11017, "2000-3-1 3");
          (19782, "2024-2-29 4");
          (47540, "2100-2-28 0");
          (47541, "2100-3-1 1");
        ];
      (* Each day follows the one before. *)
      let lengths year = [| 31; (if (year mod 4 = 0 && year mod 100 <> 0) || year mod 400 = 0 then 29 else 28); 31; 30; 31; 30; 31; 31; 30; 31; 30; 31 |] in
      let last = ref (Calendar.of_days (-1)) in
      for days = 0 to 60_000 do
        let d = Calendar.of_days days and b = !last in
        let next =
          if b.day < (lengths b.year).(b.month - 1) then { b with day = b.day + 1 }
          else if b.month < 12 then { b with day = 1; month = b.month + 1 }
          else { Calendar.year = b.year + 1; month = 1; day = 1 }
        in
        that "next" (d = next);
        last := d
      done)

let add () =
  parsing ();
  patterns ();
  expressions ();
  dates ()
