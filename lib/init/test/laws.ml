(* SPDX-License-Identifier: ISC *)

let () =
  Test_toml.add ();
  Test_manifest.add ();
  Test_supervisor.add ();
  Picox_check.Check.run ()
