(* SPDX-License-Identifier: ISC *)

(* Scripts, commands and a person's session, against what they must print. *)

open Picox_check.Check
open Scheme
open Picos_std_structured

let collected = ref []

(* In a world of its own: script, status, output; and nothing stays open. *)
let check (script, status, output) =
  let world = World.create ~arguments:[ "one"; "two words" ] () in
  let got_status, got, errors = World.run world script in
  if got <> output || got_status <> status then
    Printf.ksprintf failwith "%S gives %d, %S (errors: %S), not %d, %S" script got_status got errors status output;
  equal ("open handles after " ^ script) 0 (World.handles world)

let cases name list =
  collected := !collected @ list;
  test name (fun () -> List.iter (fun case -> World.within (fun () -> check case)) list)

let in_other_orders () =
  test "shell: all of that, in random order" (fun () ->
      for seed = 1 to scaled 50 do
        try World.within ~seed (fun () -> List.iter check !collected)
        with exn ->
          Printf.printf "seed %d\n" seed;
          raise exn
      done);
  test "shell: all of that, on three domains" (fun () ->
      for _ = 1 to scaled 5 do
        World.within ~domains:3 (fun () -> List.iter check !collected)
      done)

let language () =
  cases "shell: lists, pipelines, quotes, variables"
    [
      ("echo a b   c", 0, "a b c\n");
      ("echo 'a  b' \"c  d\" e\\ \\ f", 0, "a  b c  d e  f\n");
      ("A=1; echo $A ${A}x \"$A\" '$A' \\$A", 0, "1 1x 1 $A $A\n");
      ("A='x  y'; echo $A \"$A\"", 0, "x y x  y\n");
      ("A='x  y'; B=$A; echo \"$B\"", 0, "x  y\n");
      ("echo $NONE x \"$NONE\" y", 0, "x  y\n");
      ("true && echo yes || echo no; false && echo yes || echo no", 0, "yes\nno\n");
      ("false; echo $?; true; echo $?", 0, "1\n0\n");
      ("! true; echo $?; ! false; echo $?", 0, "1\n0\n");
      ("false", 1, "");
      ("exit 7; echo no", 7, "");
      ("(exit 3); echo $?", 0, "3\n");
      ("nothing-such", 127, "");
      ("echo a | cat | wc -c", 0, "2\n");
      ("echo a; false | true", 0, "a\n");
      ("true | false", 1, "");
      ("seq 3 | while read x; do echo \"<$x>\"; done", 0, "<1>\n<2>\n<3>\n");
      ("A=1; (A=2; echo $A); echo $A; A=3 | true; echo $A", 0, "2\n1\n1\n");
      ("{ echo a; echo b; } | wc -l", 0, "2\n");
      ("echo $(echo a; echo b) \"$(echo 'c  d')\"", 0, "a b c  d\n");
      ("echo $(echo $(echo deep))", 0, "deep\n");
      ("A=$(false); echo $?", 0, "1\n");
      ("echo \"$1\" \"$2\" $# \"$@\"", 0, "one two words 2 one two words\n");
      ("for x in \"$@\"; do echo \"<$x>\"; done", 0, "<one>\n<two words>\n");
      ("for x in $@; do echo \"<$x>\"; done", 0, "<one>\n<two>\n<words>\n");
      ("for x; do echo $x; done; shift; echo $1; shift 5; echo $?", 0, "one\ntwo words\ntwo words\n1\n");
      ("set -- ; echo \"$@\" $#", 0, "0\n");
      ("if true; then echo a; else echo b; fi; if false; then echo a; elif true; then echo c; fi", 0, "a\nc\n");
      ("if false; then echo a; fi; echo $?", 0, "0\n");
      ("i=; while [ \"$i\" != xxx ]; do i=x$i; echo $i; done", 0, "x\nxx\nxxx\n");
      ("for x in 1 2 3 4; do if [ $x = 2 ]; then continue; fi; if [ $x = 4 ]; then break; fi; echo $x; done", 0, "1\n3\n");
      ("for x in 1 2; do for y in a b; do break 2; done; echo no; done; echo end", 0, "end\n");
      ("until true; do echo no; done", 0, "");
      ("X=5 env | grep X; echo $X", 0, "X=5\n\n");
      ("A=1 B=2; unset A; echo $A $B", 0, "2\n");
      ("echo ~ ~/x '~'", 0, "/ //x ~\n");
      ("# nothing\necho a # b\n", 0, "a\n");
      ("echo a b | { read x y; echo $y $x; }", 0, "b a\n");
      ("sh -c 'echo $0 $1' name arg", 0, "name arg\n");
      ("echo 'echo $1; exit 4' >/s; sh /s x; echo $?; /s y; echo $?", 0, "x\n4\ny\n4\n");
      ("echo 'A=5' >/s; . /s; echo $A", 0, "5\n");
      ("echo \"a\" 'b", 2, "");
      ("echo a; )", 2, "");
      ("cd /none", 1, "");
      ("mkdir /d /d/e; cd /d; pwd; cd e; pwd; cd ..; pwd; cd -; cd; pwd", 0, "/d\n/d/e\n/d\n/\n");
      ("cd /scheme/sys; pwd; cat uname; cd ../null", 1, "/scheme/sys\nBactrian test\n");
    ];
  cases "shell: redirections"
    [
      ("echo a >/x; echo b >>/x; cat </x", 0, "a\nb\n");
      ("echo a >/x; >/x; cat /x", 0, "");
      ("cat /none 2>/e; echo $?; cat /e", 0, "1\ncat: /none: no such file\n");
      ("cat /none >/both 2>&1; cat /both", 0, "cat: /none: no such file\n");
      ("cat /none 2>&1 >/x | wc -l", 0, "1\n");
      ("echo a >/none/x; echo $?", 0, "1\n");
      ("cat </none", 1, "");
      ("{ echo a; echo b; } >/x; wc -l </x", 0, "2\n");
      ("for x in a b; do echo $x; done >/x; cat /x", 0, "a\nb\n");
      ("while read x; do echo \"-$x\"; done </.in", 0, "");
      ("N=/n; echo a >$N; cat /n", 0, "a\n");
      ("echo a >/scheme/null; echo b >/scheme/log; dmesg | grep -c b", 0, "1\n");
      ("echo a 3>/x", 2, "");
    ];
  cases "shell: names that match"
    [
      ("touch /a1 /a2 /b1; echo /a* /?1 /[ab]1 /c*", 0, "/a1 /a2 /a1 /b1 /a1 /b1 /c*\n");
      ("touch /x; echo '/*' \"/*\" /\\*", 0, "/* /* /*\n");
      ("mkdir /d /e; touch /d/1 /e/2; echo /*/?", 0, "/d/1 /e/2\n");
      ("mkdir /d; cd /d; touch q r; echo *; echo ../d/*", 0, "q r\n../d/q ../d/r\n");
      ("mkdir /d; touch /d/.hidden /d/seen; echo /d/* /d/.h*", 0, "/d/seen /d/.hidden\n");
      ("touch /x1; A='/x*'; echo $A \"$A\"", 0, "/x1 /x*\n");
    ]

let commands () =
  cases "commands: files"
    [
      ("echo hello >/a; cp /a /b; mv /b /c; cat /a /c; ls /", 0, "hello\nhello\na\nc\n");
      ("mkdir -p /d/e/f; ls /d; touch /d/e/f/x; cp -r /d /g; ls /g/e/f; rm -r /d; ls /", 0, "e\nx\ng\n");
      ("mkdir /d; mkdir /d", 1, "");
      ("mkdir -p /d; mkdir -p /d", 0, "");
      ("echo x >/a; ln -s a /l; cat /l; ln /a /h; echo y >/h; cat /l; rm /a; cat /h; cat /l", 1, "x\ny\ny\n");
      ("rm /none", 1, "");
      ("rm -f /none", 0, "");
      ("echo a >/a; rm -v /a; mkdir -pv /d/e; rm -d /d/e; rm -R /d; ls /; rm -r /", 1, "removed /a\nmade /d/e\n");
      ("mkdir -p /d/e; echo abc >/d/a; echo a >/d/e/b; ls -R /d; ls -F /d; ls -S /d/a /d; ls -r /d", 0,
       "/d:\na\ne\n\n/d/e:\nb\na\ne/\n/d/a\n/d:\na\ne\ne\na\n");
      ("seq 1000 >/a; touch /b; ls -S /; ls -Sr /; ls -lh /a | grep -c ' 3.8K '", 0, "a\nb\nb\na\n1\n");
      ("touch /b; sleep 0.002; touch /a; sleep 0.002; touch /c; ls -t /; ls -tr / | head -1", 0, "c\na\nb\nb\n");
      ("echo a >/a; sleep 0.002; cp -p /a /b; cp /a /c; ls -t / | head -1; cp -av /a /d; [ $(date -r /a +%N) = $(date -r /b +%N) ]", 0, "c\n/a -> /d\n");
      ("echo a >/a; echo b >/b; mv -n /a /b; cat /b; mv -v /a /b; cat /b", 0, "b\n/a -> /b\na\n");
      ("echo a >/a; echo b >/b; ln -s /a /b; echo $?; ln -sf /a /b; cat /b; mkdir /d; cd /d; ln -s /a; cat a", 0, "1\na\na\n");
      ("touch -c /none; ls /; ls -z 2>/e; echo $?; cat /e; ls --help", 2,
       "2\nls: there is no option -z; it has -l -a -1 -d -A -F -h -R -r -S -t\n");
      ("mkdir /d; rm /d; echo $?; rmdir /d; ls /", 0, "1\n");
      ("mkdir /d; echo a >/a; mv /a /d; cat /d/a; cp /d/a /d/b; ls /d", 0, "a\na\nb\n");
      ("echo a >/a; cp /a /a", 1, "");
      ("mkdir /d; cp -r /d /d/e", 1, "");
      ("mkdir /d; cp /d /e", 1, "");
      ("echo a >/a; cp /a", 2, "");
      ("ls /none", 1, "");
      ("touch /b /a; ls /a /b; ls -l /a | wc -l", 0, "/a\n/b\n1\n");
      ("echo x | tee /t | cat; cat /t", 0, "x\nx\n");
      ("ls /scheme | head -3", 0, "file\nlog\nnull\n");
      ("echo a >/a; mv /a /scheme/sys/a", 1, "");
      ("head -c", 2, "");
      ("test -d / && test ! -f / && echo x >/f && [ -s /f ] && [ -e /f ]", 0, "");
      ("[ 1 -lt 2 ] && [ a != b ] && [ ! a = b ] && [ -z '' ]; echo $?; [ a = b ]; echo $?; [ a", 2, "0\n1\n");
    ];
  cases "commands: texts"
    [
      ("seq 20 | head -n 2; seq 20 | head -1; seq 20 | tail -n 2; seq 3 | head", 0, "1\n2\n1\n19\n20\n1\n2\n3\n");
      ("seq 100000 | head -1", 0, "1\n");
      ("seq 30000 | head -c 5; echo; seq 3 | head -c99; seq 3 | head -c 0", 0, "1\n2\n3\n1\n2\n3\n");
      ("seq 30000 | tail -c 7; seq 3 | tail -c99; seq 3 | tail -c 0", 0, "\n30000\n1\n2\n3\n");
      ("seq 12 | grep 1 | wc -l", 0, "4\n");
      ("seq 12 | grep -v 1 | head -1; seq 12 | grep -c '^1'; seq 3 | grep -n 2", 0, "2\n4\n2:2\n");
      ("echo Abc | grep -i aBC; echo x | grep y; echo $?; echo x | grep '('; echo $?", 0, "Abc\n1\n2\n");
      ("echo 'a cat' >/a; echo category >>/a; echo cat >>/a; grep -w cat /a; grep -x cat /a; grep -o 'cat[a-z]*' /a", 0,
       "a cat\ncat\ncat\ncat\ncategory\ncat\n");
      ("seq 30 | grep -m 2 2; seq 3 | grep -e 1 -e 3; echo 'a.c' | grep -F a.c; echo abc | grep -F a.c; echo $?", 0, "2\n12\n1\n3\na.c\n1\n");
      ("mkdir -p /d/e; echo x >/d/e/f; echo x >/d/g; grep -r x /d; grep -rl x /d; grep -H x /d/g; grep -s x /none; echo $?; grep -m x y", 2,
       "/d/e/f:x\n/d/g:x\n/d/e/f\n/d/g\n/d/g:x\n2\n");
      ("mkdir /d; echo x >/d/g; ln -s /d /d/up; ln -s /d /n; grep -r x /d; grep -r x /n", 0, "/d/g:x\n/n/g:x\n");
      ("echo aXbX | grep -o X | wc -l; echo abab | grep -ob; echo $?; echo xyz | grep -o '' | wc -l", 0, "2\n2\n0\n");
      ("echo a >/a; echo b >/b; grep . /a /b; grep -l b /a /b; grep -q a /a; echo $?", 0, "/a:a\n/b:b\n/b\n0\n");
      ("echo b >/x; echo a >>/x; echo c >>/x; sort /x; sort -r /x; echo a >>/x; sort -u /x", 0, "a\nb\nc\nc\nb\na\na\nb\nc\n");
      ("seq 11 | sort | head -3; seq 11 | sort -n | tail -2; seq 3 | sort -rn", 0, "1\n10\n11\n10\n11\n3\n2\n1\n");
      ("seq 9 | tail -n +8; seq 9 | tail +9; echo abcdef | tail -c +5; seq 3 | head -n -1; echo $?", 0, "8\n9\n9\nef\n2\n");
      ("echo 1 >/a; echo 2 >/b; head -n 1 /a /b; head -q /a /b; tail -v /a", 0,
       "==> /a <==\n1\n\n==> /b <==\n2\n1\n2\n==> /a <==\n1\n");
      ("echo 1 >/a; tail -f /a >/o & sleep 0.05; echo 2 >>/a; until grep -q 2 /o; do sleep 0.01; done; kill $!; wait; cat /o", 0, "1\n2\n");
      ("echo 'b 2' >/x; echo 'a 10' >>/x; echo 'c 1' >>/x; sort -k 2 /x; sort -k2n /x; sort -nrk 2,2 /x", 0,
       "c 1\na 10\nb 2\nc 1\nb 2\na 10\na 10\nb 2\nc 1\n");
      ("echo a:2:x >/x; echo b:1:x >>/x; sort -t: -k2 /x; sort -t : -k 3,3 -s /x; sort -t: -k3,3 -k2,2nr /x; sort -u -t: -k3 /x", 0,
       "b:1:x\na:2:x\na:2:x\nb:1:x\na:2:x\nb:1:x\na:2:x\n");
      ("echo b >/x; echo A >>/x; echo a >>/x; sort /x; sort -f /x; sort -c /x 2>/e; echo $?; sort -o /x /x; sort -c /x; cat /x; sort -k 0", 2,
       "A\na\nb\nA\na\nb\n1\nA\na\nb\n");
      ("echo -e 'a\\tb\\n\\101\\0101\\\\'; echo -en 'x\\c y'; echo -E '\\n'; echo -x", 0, "a\tb\n\\101A\\\nx\\n\n-x\n");
      ("echo -n h\195\169 | wc -m; echo abc | wc -L; seq 3 >/a; wc -l /a /a", 0, "2\n3\n3 /a\n3 /a\n6 total\n");
      ("echo 'a b  c' | wc; echo 'a b' | wc -w; echo -n ab | wc -l", 0, "1 3 7\n2\n0\n");
      ("echo -n a; echo b", 0, "ab\n");
      ("sort /none", 1, "");
    ];
  cases "commands: the system"
    [
      ("uname; lspci", 0, "Bactrian test\n00:00.0 a bridge\n");
      ("df", 0, "NAME                KIB       USED       FREE  USE%\nfile                  4          1          3   25%\n");
      ("free | head -1; free -h | head -1; free -b | head -1; free x", 2, "total                    2 KiB\ntotal                 2.0K\ntotal                 2048\n");
      ("df -h | tail -1", 0, "file               4.0K       1.0K       3.0K   25%\n");
      ("dmesg x; echo $?; uptime x; echo $?; ps x; echo $?; ps aux | head -1 | grep -c COMMAND; uname -a", 0, "2\n2\n2\n1\nBactrian test\n");
      ("top -n 2 -d 0.001 | grep -c ^up; top x; echo $?; top -n 0; echo $?", 0, "2\n2\n2\n");
      ("date -d @86399 '+%F %T %j %a %A %b %B %e %I%p %y %D %R %u %Z%z'", 0,
       "1970-01-01 23:59:59 001 Thu Thursday Jan January  1 11PM 70 01/01/70 23:59 4 UTC+0000\n");
      ("date -u -d @951782400 +%F; date -d @-1 +%T.%N; date -d x; echo $?; date x; echo $?", 0, "2000-02-29\n23:59:59.000000000\n2\n2\n");
      ("touch /f; date -r /f +%Y | grep -c ^20; date -I | wc -c; date -R | wc -w", 0, "1\n11\n6\n");
      ("ps | head -1 | grep -c COMMAND", 0, "1\n");
      ("top | grep '^ *PID' | wc -l", 0, "1\n");
      ("date +%Y | grep -c '^2'; date | wc -w", 0, "1\n6\n");
      ("sleep 0.001; echo $?; sleep x", 1, "0\n");
      ("kill 99999", 1, "");
      ("kill", 2, "");
      ("kill -NONE 1", 2, "");
      ("kill x 2>/e; echo $?; cat /e", 0, "1\nkill: x: not a number\n");
      ("kill -l | grep TERM", 0, "15 TERM\n");
      ("for s in TERM SIGKILL 9 int; do sleep 100 & kill -$s $!; wait $!; echo $?; done", 0, "137\n137\n137\n137\n");
      ("sleep 100 & kill -0 $!; echo $?; kill -STOP $!; echo $?; kill -s KILL $!; wait", 0, "0\n1\n");
      ("cat /scheme/zero | head -c 1 >/scheme/null; echo end", 0, "end\n");
    ]

let jobs () =
  cases "shell: background jobs"
    [
      ("sleep 0.01 & wait; echo $?", 0, "0\n");
      ("sleep 100 & kill $!; wait; jobs", 0, "");
      ("(exit 5) & wait $!; echo $?", 0, "5\n");
      ("sleep 100 & sleep 0.01; jobs | grep -c 'running  sleep 100'; kill $!; wait", 0, "1\n");
      ("echo a >/x & wait; cat /x", 0, "a\n");
      ("cat & wait; echo $?", 0, "0\n");
    ];
  test "shell: a pipeline of endless commands ends with its reader" (fun () ->
      World.within (fun () ->
          let world = World.create () in
          let status, output, _ = World.run world "while true; do echo y; done | head -2" in
          equal "status" 0 status;
          that output (output = "y\ny\n");
          equal "handles" 0 (World.handles world)));
  test "shell: who is canceled kills what it runs, and leaves nothing open" (fun () ->
      World.within (fun () ->
          let world = World.create () in
          List.iter
            (fun script ->
              Bundle.join_after (fun bundle ->
                  let running = Bundle.fork_as_promise bundle (fun () -> World.run world script) in
                  Control.sleep ~seconds:0.01;
                  Promise.terminate running);
              equal ("handles after " ^ script) 0 (World.handles world);
              that ("nothing runs after " ^ script) (List.length (String.split_on_char '\n' (Shell.Tasks.table world.tasks)) = 2))
            [ "sleep 100"; "sleep 100 | cat | cat"; "(sleep 100; echo no)"; "echo $(sleep 100)"; "while true; do true; done"; "cat /scheme/zero | sleep 100" ]));
  test "shell: a flood of commands stays within its budget of handles" (fun () ->
      World.within (fun () ->
          let world = World.create ~handles:40 () in
          let status, output, errors = World.run world "for x in $(seq 100); do sleep 0.05 & done; wait; echo end" in
          ignore status;
          that "goes on" (String.ends_with ~suffix:"end\n" output);
          that "complains" (errors <> "");
          equal "handles" 0 (World.handles world)))

(* What the screen shows, as it comes. *)
type screen = { changes : Scheme_standard.Changes.t; shown : Buffer.t; mutable seen : int }

let rec watch screen descriptor =
  let ready = Picos.Computation.create () in
  Picox_timers.return_on descriptor `R ready ();
  Picos.Computation.await ready;
  let bytes = Bytes.create 4096 in
  match Unix.read descriptor bytes 0 4096 with
  | 0 -> ()
  | n ->
      Scheme_standard.Changes.change screen.changes (fun () -> Buffer.add_subbytes screen.shown bytes 0 n);
      watch screen descriptor

let place_of text shown ~from =
  let n = String.length text in
  let rec at i = if i + n > String.length shown then None else if String.sub shown i n = text then Some i else at (i + 1) in
  at from

(* Waits until the text is shown, behind what was waited for before. *)
let expect screen text =
  Scheme_standard.Changes.wait_for screen.changes (fun () ->
      match place_of text (Buffer.contents screen.shown) ~from:screen.seen with
      | Some place ->
          screen.seen <- place + String.length text;
          Some ()
      | None -> None)

(* A person at a console, through pipes of the system. *)
let session () =
  test "shell: a session on the console" (fun () ->
      let input, keyboard = Unix.pipe () and descriptor, output = Unix.pipe () in
      let screen = { changes = Scheme_standard.Changes.create (); shown = Buffer.create 1000; seen = 0 } in
      World.within (fun () ->
          let world = World.create () in
          let console = Scheme_console.create ~keys:true ~input ~output () in
          let namespace = Namespace.add world.namespace "console" (Scheme_console.service console) in
          let shell =
            Shell.Interpreter.create ~namespace ~tasks:world.tasks ~commands:Shell.Commands.all
              ~variables:[ ("HOME", "/") ]
              ()
          in
          let type_ text = ignore (Unix.write_substring keyboard text 0 (String.length text)) in
          let status =
            Bundle.join_after ~on_return:`Terminate (fun bundle ->
                Bundle.fork bundle (fun () -> Scheme_console.run console);
                Bundle.fork bundle (fun () -> watch screen descriptor);
                Bundle.fork bundle (fun () ->
                    List.iter
                      (fun (typed, shown) ->
                        type_ typed;
                        expect screen shown)
                      [
                        (* Each after the prompt: what comes sooner is a command's. *)
                        ("", "\r/ $ ");
                        ("ecoh\027[D\127\005o\127\127ho first\r", "\nfirst\n\r/ $ ");
                        ("echo one\r", "\none\n\r/ $ ");
                        ("ech\two >/x\027[D\027[D\027[D\027[D\r", "\027[4D\n\r/ $ ");
                        ("\027[A\027[A\r", "\none\n\r/ $ ");
                        ("if true\rthen echo many\rfi\r", "\nmany\n\r/ $ ");
                        ("echo ready; cat\r", "\nready\n");
                        ("typed\r", "typed\ntyped\n");
                        ("\004", "\r/ $ ");
                        ("echo go; sleep 1000\r", "\ngo\n");
                        ("\003", "^C\n\r/ $ ");
                        ("echo $?\r", "\n130\n\r/ $ ");
                        ("echo /sch\tzer\r", "\n/scheme/zer\n\r/ $ ");
                        ("garbage\003", "^C\n\r/ $ ");
                      ];
                    type_ "exit 3\r");
                Shell.Interactive.run shell)
          in
          equal "status" 3 status;
          equal "handles" 0 (World.handles world));
      List.iter Unix.close [ input; keyboard; descriptor; output ])

let add () =
  language ();
  commands ();
  jobs ();
  in_other_orders ();
  session ()
