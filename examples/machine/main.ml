(* SPDX-License-Identifier: ISC
   Prints what the firmware tells of the machine: ./bactrian run --arch riscv64 examples/machine *)

let () =
  match Machine.read () with
  | None ->
      prerr_endline "this program does not run on a bare machine";
      exit 1
  | Some machine -> Format.printf "%a@?" Machine.pp machine
