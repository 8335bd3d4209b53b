(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos

exception Enough

(* A driver that has something to do every few milliseconds. *)
let start_ticker ticks =
  let computation = Computation.create () in
  Picox_classes.spawn Drivers
    (Fiber.create ~forbid:false computation)
    (fun _ ->
      try
        while true do
          Fiber.sleep ~seconds:0.003;
          Atomic.incr ticks
        done
      with Enough -> ());
  fun () -> Computation.cancel computation Enough (Printexc.get_callstack 0)

let () =
  Picox_classes.run (fun () ->
      let ticks = Atomic.make 0 in
      let stop = start_ticker ticks in
      let namespace = Namespace.add Namespace.empty "file" (Scheme_tmpfs.service (Scheme_tmpfs.create ())) in
      Harness.ok (Namespace.write_file namespace "/program" (Harness.executable ()));
      if Array.mem "weights" Sys.argv then (
        Weights.run namespace ~ticks;
        Executing.run namespace)
      else (
        Maps.run namespace;
        Review.run namespace;
        Dumps.run namespace;
        Budgets.run namespace ~ticks;
        Terminals.run namespace);
      stop ();
      print_endline "the end")
