(* SPDX-License-Identifier: ISC
   What the system below a program costs: threads that wake each other on one CPU and across CPUs, memory that is
   mapped, touched and given back, and visits to other CPUs. Argument: the CPUs of the machine; with one there are no
   rows about others. Times are of one operation, in seconds. *)

external wakes : other:int -> rounds:int -> float = "machine_wakes"
(** Seconds per round of two threads that wake each other by a futex: one on CPU 0, one on CPU [other]. *)

external barriers : busy:int -> rounds:int -> float = "machine_barriers"
(** Seconds per [membarrier], while [busy] threads compute on CPUs 1 to [busy]. *)

external map_and_unmap : busy:int -> rounds:int -> float = "machine_map_and_unmap"
(** Seconds per page that is mapped, touched and unmapped, while [busy] threads compute on CPUs 1 to [busy]. *)

external first_touch : mebibytes:int -> float = "machine_first_touch"
(** Seconds per page of a fresh mapping whose pages are touched in order. *)

let print name seconds = Printf.printf "%s %.12f\n%!" name seconds

let () =
  match int_of_string Sys.argv.(1) with
  | 1 ->
      print "context_switch" (wakes ~other:0 ~rounds:20_000 /. 2.);
      print "map_page" (map_and_unmap ~busy:0 ~rounds:20_000);
      print "first_touch" (first_touch ~mebibytes:64)
  | cpus ->
      print "wake_other_cpu" (wakes ~other:1 ~rounds:5_000);
      print "ipi" (barriers ~busy:1 ~rounds:5_000);
      print "munmap_other_cpu" (map_and_unmap ~busy:(cpus - 1) ~rounds:5_000)
