(* SPDX-License-Identifier: ISC *)

(* All tests of the schemes in one program, for this machine and the bare one. *)

let () =
  Test_path.add ();
  Test_slice.add ();
  Test_service.add ();
  Test_handle.add ();
  Test_namespace.add ();
  Test_standard.add ();
  Test_tmpfs.add ();
  Test_hostile.add ();
  Test_provider.add ();
  Picox_check.Check.run ()
