(* SPDX-License-Identifier: ISC *)

(* Has some memory and a file, and crashes. *)

let () =
  let memory = Bytes.make 3_000_000 'x' in
  let _ = Unix.openfile "/scheme/zero" [ O_RDONLY ] 0 in
  Sys.set_signal Sys.sigsegv Signal_default;
  if Bytes.length memory > 0 then Unix.kill (Unix.getpid ()) Sys.sigsegv;
  while true do
    Unix.sleepf 0.01
  done
