(* SPDX-License-Identifier: ISC
   Files in /tmp: write, read, seek, append, truncate, rename, unlink while open, directories, errors. *)

open Unix

let dir = Printf.sprintf "/tmp/files-%d" (getpid ())
let path name = Filename.concat dir name
let error f = match f () with _ -> "no error" | exception Unix_error (e, _, _) -> (match e with
  | ENOENT -> "ENOENT" | EEXIST -> "EEXIST" | ENOTDIR -> "ENOTDIR" | EISDIR -> "EISDIR" | ENOTEMPTY -> "ENOTEMPTY"
  | EBADF -> "EBADF" | EINVAL -> "EINVAL" | EACCES -> "EACCES" | ESPIPE -> "ESPIPE" | e -> error_message e)

let write_file name text = Out_channel.with_open_bin (path name) (fun oc -> output_string oc text)
let read_file name = In_channel.with_open_bin (path name) In_channel.input_all

let contents () =
  write_file "a" "hello\n";
  Printf.printf "read: %S\n" (read_file "a");
  Out_channel.with_open_gen [ Open_append; Open_binary ] 0o644 (path "a") (fun oc -> output_string oc "more\n");
  Printf.printf "appended: %S\n" (read_file "a");
  let fd = openfile (path "a") [ O_RDWR ] 0 in
  let from_end = lseek fd (-3) SEEK_END in
  Printf.printf "seek: %d %d\n" from_end (lseek fd 2 SEEK_CUR);
  ignore (lseek fd 0 SEEK_SET : int);
  ignore (write_substring fd "J" 0 1 : int);
  Printf.printf "overwritten: %S\n" (read_file "a");
  ftruncate fd 5;
  Printf.printf "truncated: %S\n" (read_file "a");
  ignore (lseek fd 10 SEEK_SET : int);
  ignore (write_substring fd "end" 0 3 : int);
  Printf.printf "with a hole: %S\n" (read_file "a");
  close fd;
  truncate (path "a") 2;
  Printf.printf "truncated by name: %S, size %d\n" (read_file "a") (stat (path "a")).st_size;
  write_file "a" "";
  Printf.printf "emptied: %S\n" (read_file "a")

let names () =
  write_file "one" "1";
  write_file "two" "2";
  rename (path "one") (path "two");
  Printf.printf "renamed over: %S, old name %s\n" (read_file "two") (error (fun () -> stat (path "one")));
  let fd = openfile (path "two") [ O_RDWR ] 0 in
  unlink (path "two");
  ignore (write_substring fd "1 lives on" 0 10 : int);
  ignore (lseek fd 0 SEEK_SET : int);
  let b = Bytes.create 32 in
  let n = read fd b 0 32 in
  Printf.printf "unlinked: %S, name %s\n" (Bytes.sub_string b 0 n) (error (fun () -> stat (path "two")));
  close fd

let directories () =
  mkdir (path "d") 0o755;
  mkdir (path "d/e") 0o755;
  List.iter (fun n -> write_file ("d/" ^ n) n) [ "x"; "y"; "z" ];
  let list = Sys.readdir (path "d") in
  Array.sort compare list;
  Printf.printf "list: %s\n" (String.concat " " (Array.to_list list));
  let h = opendir (path "d") in
  let rec count n = match readdir h with _ -> count (n + 1) | exception End_of_file -> n in
  let first = count 0 in
  rewinddir h;
  Printf.printf "entries with . and ..: %d %d\n" first (count 0);
  closedir h;
  rename (path "d/e") (path "moved");
  Printf.printf "moved: %b %b\n" (Sys.is_directory (path "moved")) (Sys.file_exists (path "d/e"));
  chdir (path "d");
  Printf.printf "relative: %b, cwd %b\n" (Sys.file_exists "x" && Sys.file_exists "../moved") (getcwd () = path "d");
  chdir "/";
  Printf.printf "not empty: %s\n" (error (fun () -> rmdir (path "d")));
  List.iter (fun n -> unlink (path ("d/" ^ n))) [ "x"; "y"; "z" ];
  rmdir (path "d");
  rmdir (path "moved");
  Printf.printf "removed: %b\n" (not (Sys.file_exists (path "d")))

let errors () =
  write_file "f" "f";
  mkdir (path "g") 0o755;
  List.iter
    (fun (name, f) -> Printf.printf "%s: %s\n" name (error f))
    [
      ("open missing", fun () -> ignore (openfile (path "missing") [ O_RDONLY ] 0 : file_descr));
      ("create existing", fun () -> ignore (openfile (path "f") [ O_WRONLY; O_CREAT; O_EXCL ] 0o644 : file_descr));
      ("below a file", fun () -> ignore (openfile (path "f/x") [ O_RDONLY ] 0 : file_descr));
      ("write a directory", fun () -> ignore (openfile (path "g") [ O_WRONLY ] 0 : file_descr));
      ("mkdir existing", fun () -> mkdir (path "g") 0o755);
      ("unlink missing", fun () -> unlink (path "missing"));
      ("rmdir a file", fun () -> rmdir (path "f"));
      ("read write-only", fun () ->
        let fd = openfile (path "f") [ O_WRONLY ] 0 in
        Fun.protect ~finally:(fun () -> close fd) (fun () -> ignore (read fd (Bytes.create 1) 0 1 : int)));
      ("seek before the start", fun () ->
        let fd = openfile (path "f") [ O_RDONLY ] 0 in
        Fun.protect ~finally:(fun () -> close fd) (fun () -> ignore (lseek fd (-5) SEEK_SET : int)));
      ("twice closed", fun () ->
        let fd = openfile (path "f") [ O_RDONLY ] 0 in
        close fd;
        close fd);
    ];
  rmdir (path "g");
  unlink (path "f")

let descriptors () =
  write_file "s" "0123456789";
  let a = openfile (path "s") [ O_RDONLY ] 0 in
  let b = dup a in
  let buf = Bytes.create 4 in
  ignore (read a buf 0 4 : int);
  let n = read b buf 0 4 in
  Printf.printf "dup shares the offset: %s\n" (Bytes.sub_string buf 0 n);
  close a;
  Printf.printf "dup outlives: %d\n" (read b buf 0 4);
  close b;
  let many = List.init 100 (fun _ -> openfile (path "s") [ O_RDONLY ] 0) in
  List.iter close many;
  Printf.printf "regular: %b, mode %o\n" ((stat (path "s")).st_kind = S_REG) ((stat (path "s")).st_perm land 0o700);
  let before = gettimeofday () in
  Printf.printf "fresh: %b\n" (abs_float ((stat (path "s")).st_mtime -. before) < 60.);
  let temporary, oc = Filename.open_temp_file "camel" ".txt" in
  output_string oc "x";
  close_out oc;
  Printf.printf "temporary: %d\n" (stat temporary).st_size;
  unlink temporary;
  unlink (path "s")

let () =
  mkdir dir 0o755;
  contents ();
  names ();
  directories ();
  errors ();
  descriptors ();
  unlink (path "a");
  rmdir dir;
  print_endline "left clean"
