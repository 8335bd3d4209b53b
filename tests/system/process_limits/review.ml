(* SPDX-License-Identifier: ISC *)

(* What a process leaves behind, whatever servers and the tender do. *)

open Scheme
open Process
open Harness

(* A scheme with one file, of four pages, whose server hangs when it is told to. *)
module Hanging = struct
  type t = { hangs : bool Atomic.t; written : int Atomic.t; closed : int Atomic.t }

  let create () = { hangs = Atomic.make false; written = Atomic.make 0; closed = Atomic.make 0 }
  let go_on t = Atomic.set t.hangs false
  let hang t = Atomic.set t.hangs true

  let rec wait t =
    if Atomic.get t.hangs then (
      Picos.Fiber.sleep ~seconds:0.005;
      wait t)

  let stat = { (Stat.make ~size:16384 ~id:7 File) with links = 1 }

  let perform (type a) t (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Stat -> Ok stat
    | Close ->
        Atomic.incr t.closed;
        Ok ()
    | Read { into; _ } ->
        wait t;
        Loan.use into (fun slice ->
            Slice.fill slice '\000';
            Ok (Slice.length slice))
    | Write { from; _ } ->
        wait t;
        let n = Loan.use from Slice.length in
        ignore (Atomic.fetch_and_add t.written n);
        Ok n
    | _ -> Error Error.Unsupported

  let service t =
    let ask : type a. (Handle.t, a) Request.by_path -> ((Handle.t, a) Request.answer, Error.t) result = function
      | Open _ ->
          let file : Handle.file = { seekable = true; perform = (fun request -> perform t request) } in
          Ok (Done file)
      | Stat_path _ -> Ok (Done stat)
      | _ -> Error Error.Unsupported
    in
    Service.direct { ask }
end

let spawn system namespace ?files arguments =
  match Tender.spawn system ?files ~namespace "/program" ~arguments:("program" :: arguments) with
  | Ok p -> p
  | Error reason -> failwith reason

let maps_file system namespace arguments =
  let output, count = counting () in
  let p = spawn system namespace ~files:[ (1, output) ] arguments in
  await (fun () -> Atomic.get count > 0);
  p

let hanging_server namespace =
  let hanging = Hanging.create () in
  let namespace = Namespace.add namespace "hanging" (Hanging.service hanging) in
  let system = Tender.create ~log:ignore () in
  let p = maps_file system namespace [ "m"; "/scheme/hanging/x" ] in
  Hanging.hang hanging;
  let status, seconds =
    elapsed (fun () ->
        Tender.kill p 9;
        Tender.wait p)
  in
  check "killed while the server of a mapped file hangs" (status = Killed 9 && seconds < 1.);
  check "nothing is written yet" (Atomic.get hanging.written = 0);
  Hanging.go_on hanging;
  let (), seconds = elapsed (fun () -> Tender.close system) in
  check "and written when the server goes on" (Atomic.get hanging.written = 16384 && seconds < 5.);
  await (fun () -> Atomic.get hanging.closed = 1);
  let system = Tender.create ~log:ignore () in
  let output, count = counting () in
  let p = spawn system namespace ~files:[ (1, output) ] [ "M"; "/scheme/hanging/x" ] in
  check "one that ends by itself" (Tender.wait p = Exited 0 && Atomic.get count = 1 && Atomic.get hanging.written = 32768);
  (* One that never answers again does not keep the system from closing. *)
  let p = maps_file system namespace [ "m"; "/scheme/hanging/x" ] in
  Hanging.hang hanging;
  Tender.kill p 9;
  let (), seconds = elapsed (fun () -> Tender.close system) in
  check "a server that never answers is given up" (seconds < 30. && Atomic.get hanging.written = 32768);
  await (fun () -> Atomic.get hanging.closed = 3)

let one_bug namespace =
  let told = Atomic.make 0 in
  let system = Tender.create ~log:(fun _ -> Atomic.incr told) () in
  let bystander = spawn system namespace [ "w" ] in
  let perform : type a. (Handle.t, a) Request.t -> (a, Error.t) result = function
    | Close -> Ok ()
    | _ -> failwith "a bug"
  in
  let broken = Open_file.of_handle (ok (Handle.make { seekable = true; perform })) in
  let p = spawn system namespace ~files:[ (3, broken) ] [ "r" ] in
  check "a bug of the tender ends the process" (Tender.wait p = Killed 9 && Atomic.get told = 1);
  check "and no other" (Tender.status bystander = None);
  Tender.kill bystander 9;
  check "until it is killed" (Tender.wait bystander = Killed 9);
  check "the owner is told" (match Tender.close system with () -> false | exception Failure text -> text = "a bug")

let run namespace =
  hanging_server namespace;
  one_bug namespace;
  let size = 1_000_000 in
  let content = Bytes.make size 'm' in
  Bytes.set content 0 'a';
  Bytes.set content (size - 1) 'z';
  ok (Namespace.write_file namespace "/big" (Bytes.to_string content));
  let system = Tender.create () in
  gives_memory_back "shared mappings that come and go" (fun () ->
      check "a gigabyte, one by one" (Tender.wait (spawn system namespace [ "u"; "1000" ]) = Exited 0));
  gives_memory_back "private mappings of a file" (fun () ->
      check "a copy, also after a fork" (Tender.wait (spawn system namespace [ "p"; "/big"; string_of_int size ]) = Exited 0));
  Tender.close system
