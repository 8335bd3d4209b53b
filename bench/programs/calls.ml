(* SPDX-License-Identifier: ISC
   What a call costs from OCaml, in seconds per call: into C without leaving OCaml's books in order (noalloc), and
   into the system (getpid, the clock). *)

external compare_ints : int -> int -> int = "caml_int_compare" [@@noalloc]

let per_call name n f =
  let start = Unix.gettimeofday () in
  f n;
  Printf.printf "%s %.12f\n%!" name ((Unix.gettimeofday () -. start) /. float n)

let () =
  per_call "call_noalloc" 20_000_000 (fun n ->
      let s = ref 0 in
      for i = 1 to n do
        s := !s + compare_ints i 5
      done;
      ignore (Sys.opaque_identity !s : int));
  per_call "call_getpid" 1_000_000 (fun n ->
      for _ = 1 to n do
        ignore (Sys.opaque_identity (Unix.getpid ()) : int)
      done);
  per_call "call_clock" 500_000 (fun n ->
      for _ = 1 to n do
        ignore (Sys.opaque_identity (Unix.gettimeofday ()) : float)
      done)
