(* SPDX-License-Identifier: ISC
   A file that two processes and two mappings have in common, each line true. *)

let check what holds = Printf.printf "%s: %b\n%!" what holds
let map fd shared size = Bigarray.array1_of_genarray (Unix.map_file fd Bigarray.char Bigarray.c_layout shared [| size |])
let read path = In_channel.with_open_bin path In_channel.input_all

let () =
  let fd = Unix.openfile "/tmp/mapped" [ O_RDWR; O_CREAT ] 0o600 in
  let a = map fd true 10_000 in
  check "as long as the map" ((Unix.fstat fd).st_size = 10_000);
  Bigarray.Array1.fill a 'a';
  check "read" (read "/tmp/mapped" = String.make 10_000 'a');
  let b = map fd true 10_000 and own = map fd false 10_000 in
  b.{5000} <- 'b';
  check "one memory" (a.{5000} = 'b');
  a.{6000} <- 'n';
  check "a new copy" ((map fd false 10_000).{6000} = 'n');
  a.{6000} <- 'a';
  check "not copied yet" (own.{5000} = 'b');
  own.{5001} <- 'o';
  b.{5000} <- 'c';
  check "a copy" (own.{5000} = 'b' && own.{5001} = 'o' && a.{5001} = 'a');
  own.{1} <- 'x';
  check "of its own" (a.{1} = 'a');
  let r, w = Unix.pipe () in
  (match Unix.fork () with
  | 0 ->
      ignore (Unix.read r (Bytes.create 1) 0 1);
      a.{9_999} <- (if a.{0} = 'p' then 'c' else '?');
      own.{2} <- 'y';
      Unix._exit 0
  | pid ->
      a.{0} <- 'p';
      ignore (Unix.write_substring w "." 0 1);
      check "a child" (Unix.waitpid [] pid = (pid, WEXITED 0) && b.{9_999} = 'c' && own.{2} = 'a'));
  ignore (Unix.lseek fd 4999 SEEK_SET);
  check "written" (Unix.write_substring fd "123" 0 3 = 3 && a.{5000} = '2' && a.{5002} = 'a');
  let text = read "/tmp/mapped" in
  check "all of it" (text.[0] = 'p' && String.sub text 4998 5 = "a123a" && text.[9_999] = 'c');
  let later =
    match Unix.fork () with
    | 0 ->
        b.{7} <- 'z';
        Unix._exit 0
    | pid -> Unix.waitpid [] pid = (pid, WEXITED 0)
  in
  check "what one leaves" (later && (read "/tmp/mapped").[7] = 'z');
  print_endline "the end"
