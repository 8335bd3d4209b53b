(* SPDX-License-Identifier: ISC *)

(* Servers that end in every way, and clients that are canceled: an answer always, never a hang, nothing left open. A hang
   shows as a test that does not end. *)

open Picos
open Picos_std_structured
open Picox_check.Check
open Everywhere
open Scheme

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)
let is_gone = function Error Error.Server_gone -> true | _ -> false

(* A server beside the body, and what becomes of it. *)
let with_server ?mode toy body =
  let service = Service.create () in
  let namespace = Namespace.add Namespace.empty "toy" service in
  let ready = Computation.create () in
  Bundle.join_after (fun bundle ->
      let served =
        Bundle.fork_as_promise bundle (fun () ->
            match
              Service.serve ?mode service
                ~ready:(fun () -> Computation.finish ready)
                (fun server -> Toys.scheme ~server toy)
            with
            | () -> `Stopped
            | exception Toys.Crash -> `Crashed
            | exception Control.Terminate -> `Terminated)
      in
      Computation.await ready;
      let result = body service namespace served in
      Service.stop service;
      (match Promise.await served with _ -> () | exception Control.Terminate -> ());
      result);
  equal "all that was opened is closed" (Atomic.get toy.Toys.opened) (Atomic.get toy.closed)

let open_ namespace name = Namespace.open_ namespace ~flags:{ Request.reading with write = true } ("/scheme/toy/" ^ name)

let read handle =
  let slice = Slice.create 64 in
  Result.map (fun n -> Slice.to_string (Slice.sub slice 0 n)) (Handle.read handle slice)

let modes body =
  body "concurrent" Service.Concurrent;
  body "serial" Service.Serial

let plain () =
  modes (fun name mode ->
      law ("service: many clients, " ^ name) (fun () ->
          with_server ~mode (Toys.create ()) (fun _ namespace _ ->
              Run.all
                (List.init 6 (fun i () ->
                     let name = if i land 1 = 0 then "slow" else Printf.sprintf "f%d" i in
                     let handle = get (open_ namespace name) in
                     Handle.using handle (fun handle ->
                         for _ = 1 to 5 do
                           that "its own answer" (get (read handle) = name)
                         done))))));
  test "service: directly, an exception is an error of the one request" (fun () ->
      Picos_mux_fifo.run (fun () ->
          let toy = Toys.create () in
          let namespace = Namespace.add Namespace.empty "toy" (Service.direct (Toys.scheme toy)) in
          that "open" (is_gone (open_ namespace "crash-to-open"));
          let handle = get (open_ namespace "crash") in
          that "crash" (is_gone (read handle));
          that "crash again" (is_gone (read handle));
          Handle.close handle;
          that "others work" (get (read (get (open_ namespace "x"))) = "x")))

let crashes () =
  modes (fun name mode ->
      law ("service: a crash fails all that wait, " ^ name) (fun () ->
          let toy = Toys.create () in
          with_server ~mode toy (fun service namespace served ->
              let victims = List.init 4 (fun i -> get (open_ namespace (if i = 0 && mode = Concurrent then "stuck" else "slow"))) in
              let killer = get (open_ namespace "crash") in
              let failed = Atomic.make 0 in
              Run.all
                (List.map
                   (fun handle () ->
                     let rec until_gone () = if is_gone (read handle) then Atomic.incr failed else until_gone () in
                     until_gone ())
                   victims
                @ [
                    (fun () ->
                      yields 3;
                      that "the crash itself" (is_gone (read killer)));
                  ]);
              equal "all failed" 4 (Atomic.get failed);
              that "why" (Promise.await served = `Crashed);
              that "not served" (not (Service.is_served service));
              that "nothing opens" (is_gone (open_ namespace "x"));
              List.iter (fun handle -> that "dead for ever" (is_gone (read handle))) victims;
              List.iter Handle.close (killer :: victims))))

let ends () =
  let ways =
    [
      ("stopped", (fun service _ -> Service.stop service), `Stopped);
      ("canceled", (fun _ served -> Promise.terminate served), `Terminated);
    ]
  in
  List.iter
    (fun (name, way, expected) ->
      law ("service: " ^ name ^ " while clients wait") (fun () ->
          let toy = Toys.create () in
          with_server toy (fun service namespace served ->
              let handles = List.init 4 (fun _ -> get (open_ namespace "stuck")) in
              Run.all
                (List.map (fun handle () -> that "gone" (is_gone (read handle))) handles
                @ [
                    (fun () ->
                      (* Some opening meanwhile get a file or an error. *)
                      match open_ namespace "slow-to-open" with
                      | Ok handle -> Handle.close handle
                      | Error e -> that "gone" (e = Server_gone));
                    (fun () ->
                      yields 4;
                      way service served);
                  ]);
              that "how" (match Promise.await served with got -> got = expected | exception Control.Terminate -> true);
              List.iter Handle.close handles)))
    ways;
  law "service: the next server serves, old handles stay dead" (fun () ->
      let toy = Toys.create () in
      let service = Service.create () in
      let namespace = Namespace.add Namespace.empty "toy" service in
      that "nobody yet" (is_gone (open_ namespace "x"));
      let round () =
        Bundle.join_after (fun bundle ->
            let ready = Computation.create () in
            Bundle.fork bundle (fun () ->
                Service.serve service ~ready:(fun () -> Computation.finish ready) (fun server -> Toys.scheme ~server toy));
            Computation.await ready;
            raises "two servers" is_invalid (fun () -> Service.serve service (fun _ -> Toys.scheme toy));
            let handle = get (open_ namespace "x") in
            that "served" (get (read handle) = "x");
            Service.stop service;
            handle)
      in
      let first = round () in
      let second = round () in
      that "dead" (is_gone (read first));
      Handle.close first;
      Handle.close second;
      equal "all closed" (Atomic.get toy.opened) (Atomic.get toy.closed))

let cancelation () =
  law "service: a canceled client has its memory back, and the server goes on" (fun () ->
      let toy = Toys.create () in
      with_server toy (fun _ namespace _ ->
          let handle = get (open_ namespace "stuck") in
          let slice = Slice.create 4 in
          Bundle.join_after (fun bundle ->
              let client = Bundle.fork_as_promise bundle (fun () -> ignore (Handle.read handle slice)) in
              yields 3;
              Promise.terminate client;
              raises "canceled" (( = ) Control.Terminate) (fun () -> Promise.await client));
          Slice.blit_from_string "mine" 0 slice;
          Computation.finish toy.gate;
          yields 5;
          that "untouched" (Slice.to_string slice = "mine");
          that "goes on" (get (read handle) = "late");
          Handle.close handle));
  law "service: clients canceled at any point leave nothing open" (fun () ->
      let toy = Toys.create () in
      with_server toy (fun _ namespace _ ->
          Bundle.join_after (fun bundle ->
              let clients =
                List.init 8 (fun i ->
                    Bundle.fork_as_promise bundle (fun () ->
                        match open_ namespace (if i land 1 = 0 then "slow-to-open" else "slow") with
                        | Error e -> failwith (Error.to_string e)
                        | Ok handle ->
                            Handle.using handle (fun handle ->
                                ignore (read handle);
                                match Handle.call handle { text = "open"; handles = [] } with
                                | Ok { handles; _ } -> List.iter Handle.close handles
                                | Error e -> that (Error.to_string e) (e = Bad_handle))))
              in
              List.iteri
                (fun i client ->
                  yields (i mod 3);
                  Promise.terminate client)
                clients)));
  law "service: closing a handle wakes who waits for it" (fun () ->
      let toy = Toys.create () in
      with_server toy (fun _ namespace _ ->
          let handle = get (open_ namespace "stuck") in
          Run.all
            [
              (fun () -> that "bad" (read handle = Error Bad_handle));
              (fun () -> that "bad, too" (Handle.write_string handle "x" = Error Bad_handle));
              (fun () ->
                yields 4;
                Handle.close handle);
            ];
          that "later" (read handle = Error Bad_handle)))

let passing () =
  law "service: handles pass through a server" (fun () ->
      let toy = Toys.create () in
      with_server toy (fun _ namespace _ ->
          let a = get (open_ namespace "a") and b = get (open_ namespace "b") in
          (match Handle.call a { text = "take"; handles = [ b ] } with
          | Ok { text = "take!"; handles = [ c ] } ->
              that "the same" (get (read c) = "b");
              Handle.close c
          | _ -> failwith "no answer");
          (match Handle.call a { text = "open"; handles = [] } with
          | Ok { handles = [ inner ]; _ } ->
              that "a new one" (get (read inner) = "inner");
              Handle.close inner
          | _ -> failwith "no handle");
          Handle.close a));
  law "service: handles sent to one that is gone are closed" (fun () ->
      let toy = Toys.create () in
      let budget = Budget.create 10 in
      with_server toy (fun service namespace served ->
          let namespace = Namespace.with_budget namespace budget in
          let a = get (open_ namespace "a") and b = get (open_ namespace "b") in
          Service.stop service;
          ignore (Promise.await served);
          that "gone" (is_gone (Handle.call a { text = "take"; handles = [ b ] }));
          that "closed" (Handle.is_closed b);
          Handle.close a;
          equal "all" 0 (Budget.used budget)))

let liars () =
  law "service: a server that lies about how much it read" (fun () ->
      with_server (Toys.create ()) (fun _ namespace _ ->
          let handle = get (open_ namespace "liar") in
          that "is not believed" (is_gone (read handle));
          Handle.close handle))

let add () =
  plain ();
  crashes ();
  ends ();
  cancelation ();
  passing ();
  liars ()
