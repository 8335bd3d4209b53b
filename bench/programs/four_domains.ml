(* SPDX-License-Identifier: ISC
   Four domains at once: numbers apart from each other, then trees, whose collections stop all four. *)

type tree = Leaf | Node of tree * tree

let rec make n = if n = 0 then Leaf else Node (make (n - 1), make (n - 1))
let rec count = function Leaf -> 1 | Node (l, r) -> count l + count r

let numbers i () =
  let s = ref i in
  for v = 1 to 20_000_000 do
    s := ((!s * 25_214_903_917) + v) land 0xffff_ffff
  done;
  !s

let trees _ () =
  let s = ref 0 in
  for _ = 1 to 60 do
    s := !s + count (make 12)
  done;
  !s

let on_four name f =
  let start = Unix.gettimeofday () in
  let others = List.init 3 (fun i -> Domain.spawn (f (i + 1))) in
  let mine = f 0 () in
  let all = List.fold_left (fun s d -> s + Domain.join d) mine others in
  ignore (Sys.opaque_identity all : int);
  Printf.printf "%s %.6f\n%!" name (Unix.gettimeofday () -. start)

let () =
  on_four "domains_numbers" numbers;
  on_four "domains_trees" trees
