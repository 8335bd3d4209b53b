(* SPDX-License-Identifier: ISC
   The collector under load: minor, major and compacting, with data checked after each. *)

module Ints = Map.Make (Int)

type tree = Leaf | Node of tree * int * tree

let rec build depth = if depth = 0 then Leaf else Node (build (depth - 1), depth, build (depth - 1))
let rec sum = function Leaf -> 0 | Node (l, v, r) -> sum l + v + sum r

let () =
  let long_lived = build 16 in
  let expected = sum long_lived in
  for round = 1 to 20 do
    if sum (build 14) <> (1 lsl 15) - 2 - 14 then failwith "short-lived tree";
    if round mod 5 = 0 then Gc.full_major ();
    if sum long_lived <> expected then failwith "long-lived tree"
  done;
  Printf.printf "trees %d\n%!" expected;
  (* Old to young pointers: a table that is overwritten for ever. *)
  let table = Array.make 10_000 [] in
  let state = Random.State.make [| 42 |] in
  for i = 1 to 400_000 do
    let k = Random.State.int state 10_000 in
    table.(k) <- (match table.(k) with l when List.length l > 5 -> [ i ] | l -> i :: l)
  done;
  Printf.printf "table %d\n%!" (Array.fold_left (fun a l -> List.fold_left ( + ) a l) 0 table);
  Gc.compact ();
  Printf.printf "compacted %d\n%!" (Array.fold_left (fun a l -> List.fold_left ( + ) a l) 0 table);
  (* Large objects beside small ones. *)
  let large = Array.init 50 (fun i -> Bytes.make (100_000 + (i * 1000)) (Char.chr (65 + (i mod 26)))) in
  for i = 0 to 49 do
    if i mod 2 = 0 then large.(i) <- Bytes.create 1
  done;
  Gc.compact ();
  Array.iteri
    (fun i b -> if i mod 2 = 1 && Bytes.get b (Bytes.length b - 1) <> Char.chr (65 + (i mod 26)) then failwith "large")
    large;
  let map = ref Ints.empty in
  for i = 0 to 50_000 do
    map := Ints.add (i * 7919 mod 50_021) i !map;
    if i mod 10_000 = 0 then Gc.major ()
  done;
  Printf.printf "map %d\n%!" (Ints.fold (fun k v a -> (a + (k * v)) land 0xffffff) !map 0);
  (* Other settings of the collector, a minor heap that moves and grows. *)
  let before = Gc.get () in
  List.iter
    (fun words ->
      Gc.set { before with minor_heap_size = words };
      if sum (build 12) <> (1 lsl 13) - 2 - 12 then failwith "minor heap")
    [ 4096; 1_048_576; 32_768; 262_144 ];
  Gc.set { before with space_overhead = 20 };
  if sum (build 15) <> (1 lsl 16) - 2 - 15 then failwith "space overhead";
  Gc.set before;
  let s = Gc.quick_stat () in
  Printf.printf "collected %b\n" (s.minor_collections > 0 && s.major_collections > 0 && s.compactions >= 2)
