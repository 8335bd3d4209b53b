(* SPDX-License-Identifier: ISC *)

(* Files that are mapped: their servers are asked for what is touched, once, and nobody hangs on them for ever. *)

open Scheme
open Process
open Harness

(* A file of that size, with something in each of its pages. *)
type server = {
  size : int;
  hangs : bool Atomic.t;
  is_dead : bool Atomic.t;
  reads : int Atomic.t;
  pages_read : int Atomic.t;
  closed : int Atomic.t;
  at_read : (int -> unit) Atomic.t;  (* is told how many there were *)
}

let create size =
  {
    size;
    hangs = Atomic.make false;
    is_dead = Atomic.make false;
    reads = Atomic.make 0;
    pages_read = Atomic.make 0;
    closed = Atomic.make 0;
    at_read = Atomic.make ignore;
  }

let rec wait t =
  if Atomic.get t.hangs then (
    Picos.Fiber.sleep ~seconds:0.005;
    wait t)

let read t at slice =
  Atomic.get t.at_read (Atomic.fetch_and_add t.reads 1);
  let count = max 0 (min (Slice.length slice) (t.size - at)) in
  ignore (Atomic.fetch_and_add t.pages_read ((count + Space.page_size - 1) / Space.page_size));
  wait t;
  if Atomic.get t.is_dead then Error Error.Server_gone
  else (
    Slice.fill (Slice.sub slice 0 count) '\001';
    Ok count)

let service t =
  let stat = { (Stat.make ~size:t.size ~id:9 File) with links = 1 } in
  let perform : type a. (Handle.t, a) Request.t -> (a, Error.t) result = function
    | Stat -> Ok stat
    | Close ->
        Atomic.incr t.closed;
        Ok ()
    | Read { at = At at; into } -> Loan.use into (read t at)
    | _ -> Error Error.Unsupported
  in
  let ask : type a. (Handle.t, a) Request.by_path -> ((Handle.t, a) Request.answer, Error.t) result = function
    | Open _ ->
        let file : Handle.file = { seekable = true; perform } in
        Ok (Done file)
    | _ -> Error Error.Unsupported
  in
  Service.direct { ask }

let with_server namespace size f =
  let t = create size in
  let system = Tender.create ~log:ignore () in
  let namespace = Namespace.add namespace "counted" (service t) in
  let spawn ?limits arguments =
    match Tender.spawn system ?limits ~namespace "/program" ~arguments:("program" :: arguments) with
    | Ok p -> p
    | Error reason -> failwith reason
  in
  f t system spawn;
  Tender.close system;
  check "and its file is closed" (Atomic.get t.closed > 0)

let path = "/scheme/counted/x"

(* A file larger than any memory, whose server never waits. Who reads all of it is killed by its hundredth read. *)
let huge_file namespace what letter =
  with_server namespace (1 lsl 38) @@ fun t _ spawn ->
  let reader = Atomic.make None in
  let rec kill () = match Atomic.get reader with Some p -> Tender.kill p 9 | None -> Thread.yield (); kill () in
  Atomic.set t.at_read (fun n -> if n = 100 then kill ());
  let p = spawn [ letter; path; string_of_int (1 lsl 36) ] in
  Atomic.set reader (Some p);
  check what (Tender.wait p = Killed 9 && Atomic.get t.reads > 100 && Atomic.get t.reads < 120)

let mib = 1 lsl 20

(* Three pages of it each time, and no more than fifteen behind each. *)
let large_file namespace =
  with_server namespace (64 * mib) @@ fun t _ spawn ->
  let times = 1000 in
  let p = spawn [ "x"; path; string_of_int (64 * mib); string_of_int times ] in
  let status = Tender.wait p and pages = Atomic.get t.pages_read in
  check "a large file again and again, of which little is read" (status = Exited 0 && pages >= 3 * times && pages <= 3 * 16 * times)

let budget namespace =
  with_server namespace (64 * mib) @@ fun t _ spawn ->
  let memory = 6 * mib in
  let reads_all letter size =
    let p = spawn ~limits:(Limits.make ~memory ()) [ letter; path; string_of_int size ] in
    let status = Tender.wait p in
    let before = Tender.used_by_tree p in
    status, before.used_memory
  in
  let before = Atomic.get t.pages_read in
  check "as much of a file as there is memory for" (reads_all "H" (64 * mib) = (Killed 9, 0));
  let pages = Atomic.get t.pages_read - before in
  check "and not more" (pages > 1000 && pages * Space.page_size <= memory + (16 * Space.page_size));
  check "a part of it" (reads_all "H" (4 * mib) = (Exited 0, 0) && reads_all "P" (2 * mib) = (Exited 0, 0))

let one_page namespace =
  with_server namespace (16 * Space.page_size) @@ fun t system spawn ->
  Atomic.set t.hangs true;
  let p = spawn [ "X"; path ] in
  await (fun () -> Atomic.get t.reads > 0);
  Picos.Fiber.sleep ~seconds:0.1;
  let told, seconds = elapsed (fun () -> List.length (Tender.statistics system)) in
  check "nobody else waits for the server" (told = 2 && seconds < 1.);
  Atomic.set t.hangs false;
  check "two who want a page read it once" (Tender.wait p = Exited 0 && Atomic.get t.reads = 1);
  Atomic.set t.hangs true;
  let p = spawn [ "X"; path ] in
  await (fun () -> Atomic.get t.reads > 1);
  let status, seconds =
    elapsed (fun () ->
        Tender.kill p 9;
        Tender.wait p)
  in
  check "killed while it is read" (status = Killed 9 && seconds < 1.);
  Tender.end_tree p;
  Tender.wait_for_tree p;
  Atomic.set t.hangs false;
  Atomic.set t.is_dead true;
  check "of a server that is gone" (Tender.wait (spawn [ "H"; path; "4096" ]) = Killed 7)

let run namespace =
  huge_file namespace "killed while a huge file is read that is had in common" "H";
  huge_file namespace "and while one is read to be one's own" "P";
  large_file namespace;
  one_page namespace;
  gives_memory_back "files that are mapped" (fun () -> budget namespace)
