(* SPDX-License-Identifier: ISC
   /dev/null, /dev/zero, /dev/urandom. *)

let () =
  let null = Unix.openfile "/dev/null" [ O_RDWR ] 0 in
  Printf.printf "null takes %d, gives %d\n" (Unix.write_substring null "gone" 0 4) (Unix.read null (Bytes.create 10) 0 10);
  Unix.close null;
  let zero = open_in_bin "/dev/zero" in
  Printf.printf "zero: %b\n" (really_input_string zero 100_000 = String.make 100_000 '\000');
  close_in zero;
  let random = open_in_bin "/dev/urandom" in
  let s = really_input_string random 100_000 in
  close_in random;
  let seen = Array.make 256 0 in
  String.iter (fun c -> seen.(Char.code c) <- seen.(Char.code c) + 1) s;
  (* 390 of each are expected; outside 250 to 550 means a broken generator, not bad luck. *)
  Printf.printf "random: every byte about as often: %b\n" (Array.for_all (fun n -> n > 250 && n < 550) seen);
  Printf.printf "kind: %b\n" ((Unix.stat "/dev/null").st_kind = S_CHR)
