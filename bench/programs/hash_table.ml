(* SPDX-License-Identifier: ISC
   Memory at random: a hash table that is filled, searched and emptied. *)

let () =
  let n = 200_000 in
  let start = Unix.gettimeofday () in
  let table = Hashtbl.create 16 in
  for i = 1 to n do
    Hashtbl.replace table (i * 7919 land 0xfffff) i
  done;
  let found = ref 0 in
  for i = 0 to 0xfffff do
    if Hashtbl.mem table i then incr found
  done;
  if !found <> Hashtbl.length table then failwith "hash_table: lost a key";
  for i = 1 to n do
    Hashtbl.remove table (i * 7919 land 0xfffff)
  done;
  if Hashtbl.length table <> 0 then failwith "hash_table: not empty";
  Printf.printf "hash_table %.6f\n" (Unix.gettimeofday () -. start)
