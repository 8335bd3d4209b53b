(* SPDX-License-Identifier: ISC
   What the kernel's scheduler, data stacks and tracing cost. Argument: the CPUs of the machine, and so the domains. Times
   in seconds, the least of some rounds; of one operation where there are many. *)

open Picos
open Picox_data_stack

let rounds = 9
let now = Picox_clock.now_ns

(* [time ()] is in nanoseconds, of so many operations. *)
let least name operations time =
  let best = ref max_int in
  for _ = 1 to rounds do
    best := Int.min !best (time ())
  done;
  Printf.printf "%s %.12f\n%!" name (float !best *. 1e-9 /. float operations)

let timed body =
  let start = now () in
  body ();
  now () - start

(* {1 Data stacks} *)

type kind = Data

let item token = { kind = Data; token; length = 0; buffer = None }
let stack capacity = create ~kinds:[| Data |] ~capacity ()

let items n () =
  let t = stack 64 and one = item 1 in
  timed (fun () ->
      for _ = 1 to n do
        ignore (try_put t one);
        ignore (try_get t)
      done)

let batch = 32

let batches n () =
  let t = stack 64 and some = List.init batch item in
  Picox_local.run (fun () ->
      timed (fun () ->
          for _ = 1 to n / batch do
            put_all t some;
            ignore (get_some t ~most:batch)
          done))

let buffers n () =
  let pool = Pool.create ~size:4096 ~count:64 in
  let t = create ~pool ~kinds:[| Data |] ~capacity:64 () in
  timed (fun () ->
      for token = 1 to n do
        ignore (try_put t { kind = Data; token; length = 4096; buffer = Pool.take pool });
        Option.iter (fun item -> Option.iter Pool.give_back item.buffer) (try_get t)
      done)

(* From one fiber to another, which wait for each other where it is full or empty: on one domain or two. *)
let stream ~n_domains n () =
  Picox_local.run ~n_domains (fun () ->
      let t = stack 64 in
      timed (fun () ->
          let putter =
            Picox_drivers.start (fun () ->
                for i = 1 to n / batch do
                  put_all t (List.init batch (fun k -> item (i + k)))
                done;
                close t)
          in
          (try
             while true do
               ignore (get_some t ~most:batch)
             done
           with Closed -> ());
          Picox_drivers.await putter))

(* {1 Drivers under load} *)

let spin n =
  for _ = 1 to n do
    ignore (Sys.opaque_identity n)
  done

(* From the signal to the driver that it wakes, while fibers of both lower classes are always ready, each with some work in
   its turn; the mean and the worst of many, in nanoseconds. *)
let driver_latency ~n_domains n =
  let stop = Atomic.make false and worst = ref 0 and sum = ref 0 in
  Picox_local.run ~n_domains (fun () ->
      Fun.protect
        ~finally:(fun () -> Atomic.set stop true)
        (fun () ->
          let busy _ =
            while not (Atomic.get stop) do
              spin 2_000;
              Fiber.yield ()
            done
          in
          for _ = 1 to 20 * n_domains do
            ignore (Picox_vproc.start busy);
            ignore (Picox_local.start busy)
          done;
          for _ = 1 to n do
            let interrupt = Trigger.create () and at = ref 0 in
            let driver =
              Picox_drivers.start (fun () ->
                  ignore (Trigger.await interrupt);
                  now () - !at)
            in
            Fiber.yield ();
            at := now ();
            Trigger.signal interrupt;
            spin 2_000;
            let latency = Picox_drivers.await driver in
            sum := !sum + latency;
            worst := Int.max !worst latency
          done));
  (!sum / n, !worst)

let driver_rows ~n_domains suffix =
  let n = 500 in
  let mean = ref max_int and worst = ref max_int in
  for _ = 1 to rounds do
    let mean', worst' = driver_latency ~n_domains n in
    mean := Int.min !mean mean';
    worst := Int.min !worst worst'
  done;
  Printf.printf "driver_loaded%s %.12f\n%!" suffix (float !mean *. 1e-9);
  Printf.printf "driver_worst%s %.12f\n%!" suffix (float !worst *. 1e-9)

(* {1 Tracing} *)

(* Fibers that each work for some five microseconds and hand an item on. *)
let work turns () =
  Picox_local.run (fun () ->
      let t = stack 8 in
      timed (fun () ->
          let putter =
            Picox_vproc.start (fun () ->
                for i = 1 to turns do
                  spin 14_000;
                  put t (item i)
                done;
                close t)
          in
          try
            while true do
              spin 14_000;
              ignore (get t)
            done
          with Closed -> Picox_vproc.await putter))

let one_cpu () =
  let n = 20_000 in
  least "data_stack_item" n (items n);
  least "data_stack_batch" n (batches n);
  least "data_stack_buffer" n (buffers n);
  least "data_stack_stream" n (stream ~n_domains:1 n);
  driver_rows ~n_domains:1 "";
  let turns = 2_000 in
  (* By turns, so that what disturbs one disturbs the other. *)
  let untraced = ref max_int and traced = ref max_int in
  for _ = 1 to rounds do
    untraced := Int.min !untraced (work turns ());
    Picox_trace.start ();
    traced := Int.min !traced (work turns ());
    Picox_trace.stop ()
  done;
  Printf.printf "untraced_work %.12f\n%!" (float !untraced *. 1e-9);
  Printf.printf "traced_work %.12f\n%!" (float !traced *. 1e-9)

let () =
  match Sys.argv.(1) with
  | "1" -> one_cpu ()
  | "2" ->
      let n = 20_000 in
      least "data_stack_other_cpu" n (stream ~n_domains:2 n)
  | _ -> driver_rows ~n_domains:4 "_4"
