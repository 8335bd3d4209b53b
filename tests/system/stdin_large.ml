(* SPDX-License-Identifier: ISC
   A quarter of a megabyte through standard input, every byte value, in order.
   run: stdin=pattern:262144 *)

let () =
  let buffer = Bytes.create 65536 in
  let rec read total digest =
    match Unix.read Unix.stdin buffer 0 (Bytes.length buffer) with
    | 0 -> (total, digest)
    | n ->
        let digest = ref digest in
        for i = 0 to n - 1 do
          digest := ((!digest * 31) + Char.code (Bytes.get buffer i)) land 0x3fffffff
        done;
        read (total + n) !digest
  in
  let total, digest = read 0 7 in
  Printf.printf "%d bytes, checksum %d\n" total digest
