(* SPDX-License-Identifier: ISC *)

open Picos
open Picox_check.Check

let quota () =
  test "fifo 11: nobody outruns its quota" (fun () ->
      let n = 5 in
      Picos_mux_fifo.run ~quota:n (fun () ->
          let turn = ref 0 and stop = ref false in
          let computation = Computation.returned () in
          Fiber.spawn (Fiber.create ~forbid:false computation) (fun _ ->
              while not !stop do
                incr turn;
                Fiber.yield ()
              done);
          Fiber.yield ();
          let started = !turn in
          for i = 1 to 100 do
            ignore (Fiber.current ());
            that "forced" (!turn - started >= (i / n) - 1)
          done;
          stop := true);
      raises "quota" is_invalid (fun () -> Picos_mux_fifo.run ~quota:0 ignore))

let fatal () =
  test "fifo 9: the handler of fatal exceptions" (fun () ->
      let seen = ref None in
      raises "raised too" (( = ) Exit) (fun () ->
          Picos_mux_fifo.run
            ~fatal_exn_handler:(fun exn -> seen := Some exn)
            (fun () -> Fiber.spawn (Fiber.create ~forbid:false (Computation.create ())) (fun _ -> raise Exit)));
      that "handled" (!seen = Some Exit))

let add () =
  Picox_laws.Scheduler_laws.add
    {
      name = "fifo";
      run = (fun ?forbid main -> Picos_mux_fifo.run ?forbid main);
      in_order = true;
      alone = true;
      fibers = scaled 1_000_000;
      bounded_stack = true;
    };
  quota ();
  fatal ()
