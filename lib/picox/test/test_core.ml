(* SPDX-License-Identifier: ISC *)

let () =
  Picox_laws.Core_laws.add ();
  Picox_check.Check.run ()
