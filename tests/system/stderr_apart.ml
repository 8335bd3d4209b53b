(* SPDX-License-Identifier: ISC
   stdout and stderr stay apart.
   run: stderr=stderr_apart.stderr *)

let () =
  for i = 1 to 5 do
    Printf.printf "out %d\n%!" i;
    Printf.eprintf "err %d\n%!" i
  done;
  ignore (Unix.write_substring Unix.stderr "raw err\n" 0 8 : int);
  ignore (Unix.write_substring Unix.stdout "raw out\n" 0 8 : int)
