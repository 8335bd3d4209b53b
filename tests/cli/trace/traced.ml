(* SPDX-License-Identifier: ISC
   Something of everything that is traced: the three classes, data stacks, timers, sleep, and the collector. Argument: how many
   domains. Or "cost": by how much tracing slows fibers down that hand items on, each after some microseconds of work; in
   thousandths of the time, for machines whose clock counts instructions. *)

open Picox_data_stack

type kind = Line

let item token = { kind = Line; token; length = 0; buffer = None }
let interrupt = Picox_trace.name "interrupt"

let everything () =
  Picox_local.run ~n_domains:(int_of_string Sys.argv.(1)) (fun () ->
      let { inbound; outbound } = pair ~inbound:[| Line |] ~outbound:[| Line |] ~capacity:4 () in
      let driver =
        Picox_drivers.start (fun () ->
            for i = 1 to 20 do
              Picos.Fiber.sleep ~seconds:0.001;
              if !Picox_trace.active then Picox_trace.instant interrupt i;
              put inbound (item i)
            done;
            close inbound)
      in
      let process =
        Picox_vproc.start (fun () ->
            try
              while true do
                let item = get inbound in
                ignore (Sys.opaque_identity (List.init 20_000 Fun.id));
                put outbound item
              done
            with Closed -> close outbound)
      in
      let sum = ref 0 in
      (try
         while true do
           sum := !sum + (get outbound).token
         done
       with Closed -> ());
      Picox_drivers.await driver;
      Picox_vproc.await process;
      Gc.full_major ();
      Printf.printf "%d\n" !sum)

let work turns =
  let spin () =
    for _ = 1 to 2_000 do
      ignore (Sys.opaque_identity turns)
    done
  in
  Picox_local.run (fun () ->
      let stack = create ~kinds:[| Line |] ~capacity:8 () in
      let start = Picox_clock.now_ns () in
      let putter =
        Picox_vproc.start (fun () ->
            for i = 1 to turns do
              spin ();
              put stack (item i)
            done;
            close stack)
      in
      (try
         while true do
           spin ();
           ignore (get stack)
         done
       with Closed -> Picox_vproc.await putter);
      Picox_clock.now_ns () - start)

let cost () =
  let least run = List.fold_left (fun least _ -> Int.min least (run ())) max_int [ 1; 2; 3 ] in
  let untraced = least (fun () -> work 500) in
  Picox_trace.start ();
  let traced = least (fun () -> work 500) in
  Picox_trace.stop ();
  Printf.printf "%d\n" ((traced - untraced) * 1000 / untraced)

let () = match Sys.argv.(1) with "cost" -> cost () | _ -> everything ()
