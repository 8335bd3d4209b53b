(* SPDX-License-Identifier: ISC
   The tender that bench/processes.py measures: runs /figures, bench/peer/processes.c, as a process with the arguments,
   under the kernel's scheduler with a domain a CPU, as the system image does. What is no process' it measures itself. *)

open Scheme
open Process
open Picos_std_structured
module Provider = Scheme_provider

external free_memory : unit -> int = "bench_free_memory"

let program = "/figures"
let ok = function Ok value -> value | Error error -> failwith (Error.to_string error)

let read_whole path = In_channel.with_open_bin path In_channel.input_all

let output =
  let write loan =
    print_string (Loan.use loan Slice.to_string);
    flush stdout;
    Ok (Loan.length loan)
  in
  fun () -> Open_file.of_handle (ok (Handle.make ~read:false (Scheme_standard.Tree.stream ~write ())))

let start system namespace arguments =
  let out = output () in
  let files = [ (1, out); (2, Open_file.share out) ] in
  match Tender.spawn system ~files ~namespace program ~arguments:(program :: arguments) with
  | Ok p -> p
  | Error reason -> failwith reason

let finish p = if Tender.wait p <> Exited 0 then failwith "a measurement has failed"

(* How late a fiber of the drivers' class is woken while the processes of "timers" compute. *)
let drivers_are_late () =
  let rounds = 200 in
  let late i =
    let pause = 7_300_000 + (1000 * (i * 37 mod 1000)) in
    let at = Picox_clock.now_ns () + pause in
    Picos.Fiber.sleep ~seconds:(float pause *. 1e-9);
    max 0 (Picox_clock.now_ns () - at)
  in
  let all = Array.init rounds late in
  Array.sort Int.compare all;
  let tell name ns = Printf.printf "process_driver_%s %.12f\n%!" name (ns *. 1e-9) in
  tell "median" (float all.(rounds / 2));
  tell "mean" (float (Array.fold_left ( + ) 0 all) /. float rounds);
  tell "worst" (float all.(rounds - 1))

let spawn_driver f =
  let done_ = Picos.Computation.create () in
  let fiber = Picos.Fiber.create ~forbid:false done_ in
  Picox_classes.spawn Drivers fiber (fun _ -> Picos.Computation.capture done_ f ());
  done_

(* Its processes have begun when the program, which measures the same meanwhile, has had time enough. *)
let timers system namespace =
  let p = start system namespace [ "timers" ] in
  Picos.Fiber.sleep ~seconds:4.0;
  Picos.Computation.await (spawn_driver drivers_are_late);
  finish p

let memory system namespace =
  let count = 64 in
  let left () =
    Gc.full_major ();
    Gc.full_major ();
    free_memory ()
  in
  let begin_ () = start system namespace [ "waits" ] in
  let first = List.init 4 (fun _ -> begin_ ()) in
  Picos.Fiber.sleep ~seconds:0.2;
  let before = left () in
  let all = List.init count (fun _ -> begin_ ()) in
  Picos.Fiber.sleep ~seconds:0.5;
  Printf.printf "process_memory %.0f\n%!" (float (before - left ()) /. float count);
  List.iter (fun p -> Tender.kill p 9; ignore (Tender.wait p)) (first @ all)

let run what () =
  Bundle.join_after ~on_return:`Terminate @@ fun all ->
  let provider = Provider.create () in
  Bundle.fork all (fun () -> Provider.run provider);
  let files = Scheme_tmpfs.service (Scheme_tmpfs.create ()) in
  let own = Namespace.add Namespace.empty "file" files in
  ok (Namespace.write_file own program (read_whole program));
  let system = Tender.create () in
  let client = Namespace.add own "bench" (Provider.service provider) in
  let server = Namespace.add own "bench" (Provider.entrance provider) in
  let measure = function
    | "timers" | "process_timer" -> timers system own
    | "memory" | "process_memory" -> memory system own
    | "scheme" | "process_scheme" ->
        let p = start system server [ "serve" ] in
        finish (start system client [ "scheme" ]);
        Tender.kill p 9;
        ignore (Tender.wait p)
    | what -> finish (start system own [ what ])
  in
  List.iter measure what;
  Tender.close system

let () =
  let what = List.tl (Array.to_list Sys.argv) in
  Picox_classes.run_on ~n_domains:(Domain.recommended_domain_count ()) (run what)
