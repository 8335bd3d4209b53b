(* SPDX-License-Identifier: ISC
   Floating point over arrays: the spectral norm of an infinite matrix, by the power method. *)

let entry i j = 1. /. float (((i + j) * (i + j + 1) / 2) + i + 1)

let multiply get v out =
  let n = Array.length v in
  for i = 0 to n - 1 do
    let sum = ref 0. in
    for j = 0 to n - 1 do
      sum := !sum +. (get i j *. v.(j))
    done;
    out.(i) <- !sum
  done

let () =
  let n = 400 in
  let start = Unix.gettimeofday () in
  let u = Array.make n 1. and v = Array.make n 0. and t = Array.make n 0. in
  for _ = 1 to 10 do
    multiply entry u t;
    multiply (fun i j -> entry j i) t v;
    multiply entry v t;
    multiply (fun i j -> entry j i) t u
  done;
  let dot a b =
    let s = ref 0. in
    Array.iteri (fun i x -> s := !s +. (x *. b.(i))) a;
    !s
  in
  let norm = sqrt (dot u v /. dot v v) in
  let seconds = Unix.gettimeofday () -. start in
  if abs_float (norm -. 1.274224) > 1e-4 then failwith (Printf.sprintf "spectral_norm: %.9f" norm);
  Printf.printf "spectral_norm %.6f\n" seconds
