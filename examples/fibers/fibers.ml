(* SPDX-License-Identifier: ISC *)

(* Fibers by the Picos interface: one gives out numbers, three work, one collects; the workers never end by themselves.
   With the switch's own picos, where it has one; else with that of lib/picox. *)

open Picos_std_structured
open Picos_std_sync

let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)

(* Each worker sees the whole stream, through a cursor of its own, and takes its share. *)
let worker ~workers i numbers results =
  let rec go turn cursor =
    let n, cursor = Stream.read cursor in
    if turn mod workers = i then Stream.push results (i, n, fib n);
    go (turn + 1) cursor
  in
  go 0 numbers

let rec collect left results =
  if left > 0 then begin
    let (worker, n, value), results = Stream.read results in
    Printf.printf "worker %d: fib %d = %d\n%!" worker n value;
    collect (left - 1) results
  end

let main () =
  let numbers = Stream.create () and results = Stream.create () in
  let all = 9 in
  Flock.join_after @@ fun () ->
  let seen = Stream.tap results and workers = 3 in
  for i = 0 to workers - 1 do
    let cursor = Stream.tap numbers in
    Flock.fork (fun () -> worker ~workers i cursor results)
  done;
  Flock.fork (fun () ->
      for n = 1 to all do
        Stream.push numbers (2 * n);
        Control.sleep ~seconds:0.001
      done);
  collect all seen;
  (match Control.terminate_after ~seconds:0.01 Control.block with
  | _ -> print_endline "never"
  | exception Control.Terminate -> print_endline "nothing more comes");
  (* The workers wait for ever: they are canceled. *)
  Flock.terminate ()

let () = Picos_mux_fifo.run main
