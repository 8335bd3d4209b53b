(* SPDX-License-Identifier: ISC
   Much output, complete and in order; every byte value occurs.
   run: args=8 stdout=sha256:bb2779c2206c85e8161b650b582d2949f5521266675da0c46ce7075eb519262a
   run: args=100 stdout=sha256:c873f2004968b342abcb0cec2918236d9224d5470d2477c762d3e7c6b3e92db4 timeout=600 full *)

let () =
  set_binary_mode_out stdout true;
  let megabytes = int_of_string Sys.argv.(1) in
  let block = Bytes.create 1024 in
  for k = 0 to (megabytes * 1024) - 1 do
    (* Each block starts with its number, so that a lost or doubled one shows. *)
    Bytes.set_int32_be block 0 (Int32.of_int k);
    for i = 4 to 1023 do
      Bytes.set_uint8 block i (((k * 7) + (i * 13) + ((k * i) lsr 5)) land 255)
    done;
    output_bytes stdout block
  done
