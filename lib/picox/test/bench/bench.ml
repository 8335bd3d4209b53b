(* SPDX-License-Identifier: ISC *)

(* What fibers cost: the least of several rounds, in nanoseconds of processor time for each operation, on one domain. *)

open Picos

let rounds = 9

let measure name operations run =
  let best = ref infinity in
  for _ = 1 to rounds do
    let start = Sys.time () in
    run ();
    best := Float.min !best (Sys.time () -. start)
  done;
  Printf.printf "%-28s %8.1f ns\n%!" name (!best *. 1e9 /. float operations)

let fifo main () = Picos_mux_fifo.run main

let current n () =
  for _ = 1 to n do
    ignore (Sys.opaque_identity (Fiber.current ()))
  done

let spawn_all n main =
  let computation = Computation.returned () in
  for _ = 1 to n do
    Fiber.spawn (Fiber.create ~forbid:false computation) main
  done

let yield fibers times () =
  spawn_all fibers (fun _ ->
      for _ = 1 to times do
        Fiber.yield ()
      done)

let rec spawn n () = if n > 0 then begin spawn_all 100 ignore; Fiber.yield (); spawn (n - 100) () end

let attach_detach n () =
  let computation = Computation.create () in
  for _ = 1 to n do
    let trigger = Trigger.create () in
    ignore (Computation.try_attach computation trigger);
    Computation.detach computation trigger
  done

let () =
  let n = 1_000_000 in
  measure "current" n (fifo (current n));
  List.iter (fun f -> measure (Printf.sprintf "yield %d" f) n (fifo (yield f (n / f)))) [1;2;10; 100; 1000];
  measure "spawn" n (fifo (spawn n));
  measure "attach and detach" n (attach_detach n)
