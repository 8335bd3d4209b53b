(* SPDX-License-Identifier: ISC
   Random bytes differ from boot to boot, and within one.
   run: stdout=differs *)

let () =
  let read_random n =
    let ic = open_in_bin "/dev/urandom" in
    Fun.protect ~finally:(fun () -> close_in ic) (fun () -> really_input_string ic n)
  in
  let a = read_random 16 and b = read_random 16 in
  if a = b || a = String.make 16 a.[0] then failwith "constant";
  Random.self_init ();
  Printf.printf "%s %d\n" (Digest.to_hex a) (Random.bits ())
