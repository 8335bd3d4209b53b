(* SPDX-License-Identifier: ISC
   Files that --file puts into the image: by default under /, or where it says; an empty one; binary content.
   only: x86_64 aarch64 riscv64
   run: file='given.txt|given.txt:/etc/deep/copy.txt|given.bin:/data/blob' *)

let show name =
  let s = In_channel.with_open_bin name In_channel.input_all in
  Printf.printf "%s: %d bytes, %s\n" name (String.length s) (Digest.to_hex (Digest.string s))

let () =
  List.iter show [ "/given.txt"; "given.txt"; "/etc/deep/copy.txt"; "/data/blob" ];
  Printf.printf "%s\n" (String.concat " " (Array.to_list (Sys.readdir "/etc/deep")));
  Printf.printf "cwd %s\n" (Sys.getcwd ())
