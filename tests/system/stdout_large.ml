(* SPDX-License-Identifier: ISC
   Much output, complete and in order; every byte value occurs.
   run: args=8
   run: args=100 full *)

let () =
  set_binary_mode_out stdout true;
  let megabytes = int_of_string Sys.argv.(1) in
  let block = Bytes.create 1024 in
  for k = 0 to (megabytes * 1024) - 1 do
    (* Each block starts with its number, so that a lost or doubled one shows. *)
    Bytes.set_int32_be block 0 (Int32.of_int k);
    for i = 4 to 1023 do
      Bytes.unsafe_set block i (Char.unsafe_chr ((k * 7) + (i * 13) + ((k * i) lsr 5)))
    done;
    output_bytes stdout block
  done
