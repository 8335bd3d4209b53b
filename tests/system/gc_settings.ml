(* SPDX-License-Identifier: ISC
   Reservations are free: a minor heap of 8 MiB, for which the runtime reserves address space for 128 domains, fits a
   small machine, which pays only for what is touched. What cannot be had is an exception, not the end.
   run: memory=128M *)

let () =
  let before = Gc.get () in
  Gc.set { before with minor_heap_size = 1024 * 1024 };
  Printf.printf "minor heap: %d words\n%!" (Gc.get ()).minor_heap_size;
  let kept = List.init 100_000 (fun i -> string_of_int i) in
  Gc.set { before with minor_heap_size = 32 * 1024 };
  Gc.full_major ();
  Printf.printf "kept: %d\n%!" (List.length kept);
  Printf.printf "stack limit set: %b\n%!" ((Gc.get ()).stack_limit > 0);
  (match Bigarray.(Array1.create char c_layout (1 lsl 40)) with
  | (_ : (char, _, _) Bigarray.Array1.t) -> print_endline "a terabyte"
  | exception Out_of_memory -> print_endline "no terabyte");
  match Array.make (1 lsl 36) 0 with
  | (_ : int array) -> print_endline "half a terabyte"
  | exception Out_of_memory -> print_endline "no half terabyte"
