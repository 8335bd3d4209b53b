(* SPDX-License-Identifier: ISC
   Files, descriptors and scripts of a process, each line true. *)

let check what holds = Printf.printf "%s: %b\n%!" what holds
let fails error f = match f () with _ -> false | exception Unix.Unix_error (found, _, _) -> found = error
let write path text = Out_channel.with_open_bin path (fun channel -> output_string channel text)
let read path = In_channel.with_open_bin path In_channel.input_all
let child_status f = match Unix.fork () with 0 -> f () | pid -> snd (Unix.waitpid [] pid)

let names () =
  check "where it begins" (Unix.getcwd () = "/");
  Unix.mkdir "/tmp/a" 0o755;
  Unix.chdir "/tmp/a";
  write "x" "hello";
  check "a file" (read "/tmp/a/x" = "hello" && (Unix.stat "x").st_size = 5);
  Unix.rename "x" "y";
  Unix.symlink "y" "z";
  Unix.link "y" "w";
  Unix.utimes "y" 1508391026.5 1796041114.5;
  check "times" ((Unix.stat "y").st_mtime = 1796041114.5 && (Unix.stat "y").st_atime = 1508391026.5);
  check "links" (Unix.readlink "z" = "y" && (Unix.lstat "z").st_kind = S_LNK && (Unix.stat "z").st_nlink = 2);
  check "a list" (List.sort compare (Array.to_list (Sys.readdir ".")) = [ "w"; "y"; "z" ]);
  check "not empty" (fails ENOTEMPTY (fun () -> Unix.rmdir "/tmp/a"));
  Unix.utimes "y" 1.5 2.5;
  check "times" ((Unix.stat "w").st_mtime = 2.5);
  List.iter Unix.unlink [ "w"; "y"; "z" ];
  Unix.chdir "/";
  Unix.rmdir "/tmp/a";
  check "gone" (fails ENOENT (fun () -> Unix.stat "/tmp/a"));
  check "a given file" (read "/given" = "given\n")

let descriptors () =
  let fd = Unix.openfile "/tmp/b" [ O_RDWR; O_CREAT; O_EXCL; O_CLOEXEC ] 0o600 in
  check "exclusive" (fails EEXIST (fun () -> Unix.openfile "/tmp/b" [ O_RDWR; O_CREAT; O_EXCL ] 0o600));
  check "written" (Unix.write_substring fd "0123456789" 0 10 = 10);
  let other = Unix.dup fd in
  check "one position"
    (Unix.lseek other 0 SEEK_CUR = 10 && Unix.lseek fd 2 SEEK_SET = 2 && Unix.lseek other 0 SEEK_CUR = 2);
  let moved = child_status (fun () -> Unix._exit (Unix.lseek fd 3 SEEK_CUR)) in
  check "a child's, too" (moved = WEXITED 5 && Unix.lseek fd 0 SEEK_CUR = 5);
  Unix.ftruncate fd 4;
  check "cut off" (Unix.read fd (Bytes.create 9) 0 9 = 0 && (Unix.fstat fd).st_size = 4);
  let more = Unix.openfile "/tmp/b" [ O_WRONLY; O_APPEND ] 0 in
  check "appended" (Unix.write_substring more "x" 0 1 = 1 && read "/tmp/b" = "0123x");
  check "no right to read" (fails EBADF (fun () -> Unix.read more (Bytes.create 1) 0 1));
  List.iter Unix.close [ other; more ];
  let null = Unix.openfile "/dev/null" [ O_RDWR ] 0 in
  check "nothing" (Unix.write_substring null "abc" 0 3 = 3 && Unix.read null (Bytes.create 3) 0 3 = 0);
  Unix.close null;
  check "closed" (fails EBADF (fun () -> Unix.close null));
  fd

let open_locked flags = Unix.openfile "/tmp/locked" ([ Unix.O_RDWR; O_CREAT ] @ flags) 0o600

(* Another process: whether the function holds there. *)
let elsewhere f = child_status (fun () -> Unix._exit (if f () then 0 else 1)) = WEXITED 0

let locks () =
  let openfile () = open_locked [] in
  let at fd place size command = ignore (Unix.lseek fd place SEEK_SET); Unix.lockf fd command size in
  let refused f = match f () with () -> false | exception Unix.Unix_error ((EAGAIN | EACCES), _, _) -> true in
  let fd = openfile () in
  at fd 10 10 F_LOCK;
  check "a lock keeps others off" (elsewhere (fun () -> refused (fun () -> at (openfile ()) 15 1 F_TLOCK)));
  check "where it is" (elsewhere (fun () -> at (openfile ()) 0 10 F_TLOCK; at (openfile ()) 20 0 F_TLOCK; true));
  check "not itself" (at fd 12 2 F_TLOCK; true);
  at fd 14 2 F_ULOCK;
  check "a part of it" (elsewhere (fun () -> at (openfile ()) 14 2 F_TLOCK; refused (fun () -> at (openfile ()) 16 1 F_TEST)));
  let r, w = Unix.pipe () in
  let waits =
    match Unix.fork () with
    | 0 ->
        let fd = openfile () in
        ignore (Unix.write_substring w "." 0 1);
        at fd 10 1 F_LOCK;
        Unix._exit 0
    | pid -> pid
  in
  ignore (Unix.read r (Bytes.create 1) 0 1);
  Unix.close (openfile ());
  check "what waits for it gets it" (Unix.waitpid [] waits = (waits, WEXITED 0));
  List.iter Unix.close [ r; w; fd ];
  (* Any descriptor of it that goes takes it along. *)
  let after_exec others_flags =
    child_status (fun () ->
        Unix.lockf (open_locked []) F_LOCK 0;
        ignore (open_locked others_flags);
        Unix.execv "/uses_files" [| "uses_files"; "locked" |])
  in
  check "a lock goes with what is closed on exec" (after_exec [ O_CLOEXEC ] = WEXITED 4);
  check "and else stays" (after_exec [] = WEXITED 3)

let about_itself () =
  let self = string_of_int (Unix.getpid ()) in
  let words path = String.split_on_char ' ' (read path) in
  check "its numbers" (List.hd (words "/proc/self/stat") = self && List.nth (words ("/proc/" ^ self ^ "/stat")) 0 = self);
  check "its arguments" (read "/proc/self/cmdline" = String.concat "" (List.map (fun text -> text ^ "\000") (Array.to_list Sys.argv)));
  check "its descriptors" (Array.mem "1" (Sys.readdir "/proc/self/fd"));
  check "its memory" (List.exists (fun line -> String.ends_with ~suffix:"rw-p 00000000 00:00 0" line) (String.split_on_char '\n' (read "/proc/self/maps")));
  check "nobody else's" (Array.for_all (fun name -> int_of_string_opt name = None || name = self) (Sys.readdir "/proc"));
  check "no terminal" (not (Unix.isatty Unix.stdin))

let () =
  match Sys.argv with
  | [| _; "open"; fd |] ->
      let fd : Unix.file_descr = Obj.magic (int_of_string fd) in
      exit (if fails EBADF (fun () -> Unix.fstat fd) then 3 else 4)
  | [| _; "locked" |] -> exit (if elsewhere (fun () -> match Unix.lockf (open_locked []) F_TLOCK 0 with () -> false | exception Unix.Unix_error _ -> true) then 3 else 4)
  | [| _; "script"; path; rest |] -> Printf.printf "script %s %s\n" path rest
  | _ ->
      names ();
      locks ();
      about_itself ();
      let number = string_of_int (Obj.magic (descriptors ()) : int) in
      check "closed on exec"
        (child_status (fun () -> Unix.execv "/uses_files" [| "uses_files"; "open"; number |]) = WEXITED 3);
      write "/tmp/script" "#!/uses_files script \nnot read\n";
      check "a script" (child_status (fun () -> Unix.execv "/tmp/script" [| "x"; "a" |]) = WEXITED 0);
      write "/tmp/text" "no program";
      check "no program"
        (child_status (fun () ->
             if fails ENOEXEC (fun () -> Unix.execv "/tmp/text" [| "x" |]) then Unix._exit 6 else Unix._exit 7)
        = WEXITED 6);
      print_endline (input_line stdin)
