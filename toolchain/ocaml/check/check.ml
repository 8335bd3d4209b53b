(* SPDX-License-Identifier: ISC *)
(* Uses what a private OCaml must be able to link: the standard library, C stubs, a domain. *)
let () =
  let now = Domain.join (Domain.spawn Unix.gettimeofday) in
  assert (now > 0.);
  assert (Scanf.sscanf "17" "%d" Fun.id = 17);
  print_endline "the check has run"
