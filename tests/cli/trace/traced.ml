(* SPDX-License-Identifier: ISC
   Something of everything that is traced: the three classes, data stacks, timers, sleep, and the collector. Argument: how many
   domains. *)

open Picox_data_stack

type kind = Line

let item token = { kind = Line; token; length = 0; buffer = None }
let interrupt = Picox_trace.name "interrupt"

let () =
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
