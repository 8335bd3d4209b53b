(* SPDX-License-Identifier: ISC
   Many domains on two processors: forty alive at once, each with a minor heap of its own, and as many again. *)

let wave () =
  let started = Atomic.make 0 and go = Atomic.make false in
  let work i () =
    Atomic.incr started;
    while not (Atomic.get go) do
      Unix.sleepf 0.001
    done;
    List.length (List.init (1000 + i) (fun j -> (i, j)))
  in
  let domains = List.init 40 (fun i -> Domain.spawn (work i)) in
  while Atomic.get started < 40 do
    Unix.sleepf 0.001
  done;
  Atomic.set go true;
  List.fold_left (fun sum d -> sum + Domain.join d) 0 domains

let () =
  for _ = 1 to 3 do
    Printf.printf "%d\n%!" (wave ())
  done
