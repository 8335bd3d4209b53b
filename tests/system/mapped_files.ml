(* SPDX-License-Identifier: ISC
   A file mapped shared is the file: what is written in one place shows in the others. *)

let file = "mapped_files.data"

let map fd ~shared = Bigarray.array1_of_genarray (Unix.map_file fd Bigarray.char Bigarray.c_layout shared [| 10_000 |])

let contents () = In_channel.with_open_bin file In_channel.input_all

let () =
  let fd = Unix.openfile file [ O_RDWR; O_CREAT; O_TRUNC ] 0o600 in
  let first = map fd ~shared:true and second = map fd ~shared:true in
  Printf.printf "length %d\n" (String.length (contents ()));
  first.{5000} <- 'a';
  Printf.printf "second %C, file %C\n" second.{5000} (contents ()).[5000];
  ignore (Unix.lseek fd 5001 SEEK_SET : int);
  ignore (Unix.write_substring fd "b" 0 1 : int);
  Printf.printf "first %C, second %C\n" first.{5001} second.{5001};
  let own = map fd ~shared:false in
  own.{5000} <- 'z';
  Printf.printf "own %C, file %C\n" own.{5000} (contents ()).[5000];
  (* A domain sees what another writes. *)
  let seen = Atomic.make 0 in
  let reader =
    Domain.spawn (fun () ->
        while second.{0} <> '!' do
          Atomic.incr seen;
          Domain.cpu_relax ()
        done)
  in
  while Atomic.get seen = 0 do
    Domain.cpu_relax ()
  done;
  first.{0} <- '!';
  Domain.join reader;
  Unix.close fd;
  let reading = Unix.openfile file [ O_RDONLY ] 0 in
  (match map reading ~shared:true with
  | (_ : (char, _, _) Bigarray.Array1.t) -> print_endline "mapped for writing"
  | exception Unix.Unix_error (e, _, _) -> Printf.printf "refused: %s\n" (Unix.error_message e));
  Unix.close reading;
  Sys.remove file;
  Printf.printf "gone %b, first %C\n" (not (Sys.file_exists file)) first.{5000}
