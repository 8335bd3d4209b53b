(* SPDX-License-Identifier: ISC
   The program sees as many processors as --cpus says.
   only: x86_64 aarch64 riscv64
   run:
   run: cpus=3 expected=processors.three *)

let () = Printf.printf "%d\n" (Domain.recommended_domain_count ())
