(* SPDX-License-Identifier: ISC *)

(* The thread scheduler, and picos.thread's storage. *)

open Picos
open Picox_check.Check

let spawn main = Fiber.spawn (Fiber.create ~forbid:false (Computation.create ())) main

let scheduler () =
  test "thread: a fiber is a thread" (fun () ->
      let here = Thread.id (Thread.self ()) in
      let there = ref here in
      Picos_mux_thread.run (fun () ->
          equal "the main one" here (Thread.id (Thread.self ()));
          spawn (fun _ -> there := Thread.id (Thread.self ())));
      that "another" (!there <> here));
  test "thread: the handler of fatal exceptions" (fun () ->
      let seen = ref None in
      raises "raised too" (( = ) Exit) (fun () ->
          Picos_mux_thread.run
            ~fatal_exn_handler:(fun exn -> seen := Some exn)
            (fun () ->
              spawn (fun _ -> raise Exit);
              ignore (Trigger.await (Trigger.create ()))));
      that "handled" (!seen = Some Exit));
  test "thread: those that wait when one is fatal end as well" (fun () ->
      (* Else the domain could not end. *)
      Domain.join
        (Domain.spawn (fun () ->
             raises "fatal" (( = ) Exit) (fun () ->
                 Picos_mux_thread.run (fun () ->
                     for _ = 1 to 5 do
                       spawn (fun _ -> ignore (Trigger.await (Trigger.create ())))
                     done;
                     Fiber.yield ();
                     spawn (fun _ -> raise Exit))))))

let storage () =
  let open Picos_thread in
  test "picos.thread: the main thread" (fun () ->
      that "here" (is_main_thread ());
      Thread.join (Thread.create (fun () -> that "not here" (not (is_main_thread ()))) ());
      Domain.join (Domain.spawn (fun () -> that "nor there" (not (is_main_thread ())))));
  test "picos.thread: each thread has its own value" (fun () ->
      let key = TLS.create () and wrong = Atomic.make 0 in
      raises "not set" (( = ) TLS.Not_set) (fun () -> TLS.get_exn key);
      TLS.set key 0;
      let use i =
        (match TLS.get_exn key with _ -> Atomic.incr wrong | exception TLS.Not_set -> ());
        for n = 1 to 100 do
          TLS.set key (i + n);
          Thread.yield ();
          if TLS.get_exn key <> i + n then Atomic.incr wrong
        done
      in
      let threads i = List.iter Thread.join (List.init 5 (fun j -> Thread.create use (1000 * (i + j)))) in
      let domain = Domain.spawn (fun () -> threads 10) in
      threads 0;
      Domain.join domain;
      equal "wrong" 0 (Atomic.get wrong);
      equal "mine" 0 (TLS.get_exn key));
  test "picos.thread: the values of ended threads are let go" (fun () ->
      let key = TLS.create () and weak = Weak.create 20 in
      for i = 0 to 19 do
        let set () =
          let value = Bytes.create 100 in
          Weak.set weak i (Some value);
          TLS.set key value
        in
        Thread.join (Thread.create set ())
      done;
      for _ = 1 to 3 do Gc.full_major () done;
      let kept = List.length (List.filter (Weak.check weak) (List.init 20 Fun.id)) in
      that (Printf.sprintf "%d are kept" kept) (kept <= 1))

let domains () =
  test "picos.domain: storage and end" (fun () ->
      let open Picos_domain in
      let key = DLS.new_key (fun () -> ref 0) and ended = ref false in
      incr (DLS.get key);
      that "main" (is_main_domain ());
      that "count" (recommended_domain_count () >= 1);
      Domain.join
        (Domain.spawn (fun () ->
             that "not main" (not (is_main_domain ()));
             equal "its own" 0 !(DLS.get key);
             DLS.set key (ref 5);
             at_exit (fun () -> ended := true);
             that "not yet" (not !ended)));
      that "ended" !ended;
      equal "mine" 1 !(DLS.get key))

let add () =
  Picox_laws.Scheduler_laws.add
    {
      name = "thread";
      run = (fun ?forbid main -> Picos_mux_thread.run ?forbid main);
      in_order = false;
      alone = false;
      fibers = 20;
      bounded_stack = false;
    };
  scheduler ();
  storage ();
  domains ()
