(* SPDX-License-Identifier: ISC *)

open Picox_check.Check

let law name body =
  test (name ^ ", in order") (fun () -> Picos_mux_fifo.run body);
  test (name ^ ", at random") (fun () ->
      for seed = 1 to scaled 100 do
        try Picos_mux_random.run ~context:(Picos_mux_random.context ~seed ()) body
        with exn ->
          let bt = Printexc.get_raw_backtrace () in
          Printf.printf "seed %d\n" seed;
          Printexc.raise_with_backtrace exn bt
      done);
  test (name ^ ", in parallel") (fun () ->
      for _ = 1 to scaled 10 do
        Picos_mux_multififo.run_on ~heartbeat_delay:0.0002 ~n_domains:3 body
      done)

let yields n =
  for _ = 1 to n do
    Picos.Fiber.yield ()
  done
