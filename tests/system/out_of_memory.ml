(* SPDX-License-Identifier: ISC
   Allocating for ever ends: in Out_of_memory, or in the runtime's own fatal error and abort, never in a hang.
   only: x86_64 aarch64 riscv64
   run: args=big memory=256M
   run: args=small memory=256M status=0,2,134 stdout=any *)

let () =
  match Sys.argv.(1) with
  | "big" -> (
      (* Each block is larger than anything the collector keeps in pools: a refused mmap must be the exception. *)
      let rec hold acc n =
        if n = 100_000 then failwith "that much memory is not there"
        else hold (Bytes.make (8 * 1024 * 1024) 'x' :: acc) (n + 1)
      in
      (match hold [] 0 with
      | (_ : bytes list) -> print_endline "returned"
      | exception Out_of_memory -> print_endline "Out_of_memory");
      Gc.full_major ();
      (* The memory is there again. *)
      Printf.printf "%d bytes\n" (Bytes.length (Bytes.make (32 * 1024 * 1024) 'y'));
      match Bytes.create max_int with
      | (_ : bytes) -> print_endline "returned"
      | exception Invalid_argument _ -> print_endline "Invalid_argument"
      | exception Out_of_memory -> print_endline "Out_of_memory")
  | _ -> (
      let rec hold acc = hold (0 :: acc) in
      match hold [] with
      | () -> print_endline "returned"
      | exception Out_of_memory -> print_endline "Out_of_memory")
