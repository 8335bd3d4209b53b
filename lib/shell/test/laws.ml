(* SPDX-License-Identifier: ISC *)

(* All tests of the shell in one program, for this machine and the bare one. *)

let () =
  Test_language.add ();
  Test_editor.add ();
  Test_shell.add ();
  Picox_check.Check.run ()
