(* SPDX-License-Identifier: ISC
   Bigarrays: kinds, layouts, slices, memory given back to the system, many at once. *)

open Bigarray

let () =
  let a = Array2.create float64 c_layout 300 200 in
  for i = 0 to 299 do
    for j = 0 to 199 do
      a.{i, j} <- float ((i * 200) + j)
    done
  done;
  let row = Array2.slice_left a 17 in
  Printf.printf "row %.0f %.0f\n" row.{0} row.{199};
  let f = Array2.change_layout a fortran_layout in
  Printf.printf "fortran %.0f\n" f.{200, 300};
  let bytes = Array1.create int8_unsigned c_layout 1000 in
  Array1.fill bytes 0xab;
  Printf.printf "bytes %x %d\n" bytes.{999} (Array1.size_in_bytes bytes);
  let shorts = Array1.init int16_signed c_layout 10 (fun i -> -i * 1000) in
  Printf.printf "shorts %d\n" shorts.{9};
  let words = Array1.of_array int32 c_layout [| 1l; -1l; Int32.max_int |] in
  Printf.printf "words %ld\n" (Int32.add words.{1} words.{2});
  let single = Array1.of_array float32 c_layout [| 0.1; 1e10; -0. |] in
  Printf.printf "single %.9g %.9g %.9g\n" single.{0} single.{1} single.{2};
  let complexes = Array1.init complex64 c_layout 4 (fun i -> { Complex.re = float i; im = -.float i }) in
  Printf.printf "complex %.1f\n" (Complex.norm2 complexes.{3});
  let sub = Array1.sub bytes 100 50 in
  Array1.fill sub 1;
  Printf.printf "sub %d %d %d\n" bytes.{99} bytes.{100} bytes.{150};
  (match bytes.{1000} with
  | (_ : int) -> print_endline "no bounds"
  | exception Invalid_argument _ -> print_endline "bounds checked");
  let g = Genarray.create char c_layout [| 2; 3; 4; 5 |] in
  Genarray.fill g 'c';
  Printf.printf "dimensions %d %c\n" (Genarray.num_dims g) (Genarray.get g [| 1; 2; 3; 4 |]);
  let reshaped = reshape_1 g 120 in
  reshaped.{119} <- 'z';
  Printf.printf "reshaped %c\n" (Genarray.get g [| 1; 2; 3; 4 |]);
  (* 400 MB in all, 4 MB at a time: only works where dropped memory comes back. *)
  let checksum = ref 0 in
  for i = 1 to 100 do
    let big = Array1.create int8_unsigned c_layout (4 * 1024 * 1024) in
    let step = 4096 in
    for page = 0 to (Array1.dim big / step) - 1 do
      big.{page * step} <- (i + page) land 255
    done;
    checksum := (!checksum + big.{(i mod 1024) * step}) land 0xffff;
    if i mod 10 = 0 then Gc.full_major ()
  done;
  Printf.printf "dropped %d\n" !checksum;
  let many = List.init 1000 (fun i -> Array1.init int c_layout 100 (fun j -> i * j)) in
  Gc.compact ();
  Printf.printf "many %d\n" (List.fold_left (fun s b -> s + b.{99}) 0 many);
  let copy = Array1.create float64 c_layout 200 in
  Array1.blit row copy;
  Printf.printf "equal %b\n" (copy = Array1.sub row 0 200)
