(* SPDX-License-Identifier: ISC
   Allocation and collection: many short-lived binary trees beside one that lives. Argument: the depth. *)

type tree = Leaf | Node of tree * tree

let rec make depth = if depth = 0 then Node (Leaf, Leaf) else Node (make (depth - 1), make (depth - 1))
let rec count = function Leaf -> 0 | Node (l, r) -> 1 + count l + count r

let work depth =
  let long_lived = make depth in
  let total = ref 0 in
  let d = ref 4 in
  while !d <= depth do
    for _ = 1 to 1 lsl (depth - !d + 4) do
      total := !total + count (make !d)
    done;
    d := !d + 4
  done;
  if count long_lived <> (2 lsl depth) - 1 then failwith "binary_trees: wrong count";
  !total

let () =
  let depth = if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 17 in
  let start = Unix.gettimeofday () in
  ignore (Sys.opaque_identity (work depth) : int);
  Printf.printf "binary_trees %.6f\n" (Unix.gettimeofday () -. start)
