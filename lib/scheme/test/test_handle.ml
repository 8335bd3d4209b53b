(* SPDX-License-Identifier: ISC *)

(* Handles: rights, positions, budgets, copies, and the numbers of a table. *)

open Picox_check.Check
open Everywhere
open Scheme

let get = function Ok value -> value | Error e -> failwith (Error.to_string e)
let fails expected = function Error e -> that (Error.to_string e) (e = expected) | Ok _ -> failwith "succeeds"

(* A file of that content, which can be written in place, and how often it was closed. *)
let memory_file ?(seekable = true) content : Handle.file * int ref =
  let bytes = Bytes.of_string content and closed = ref 0 in
  let place : Request.place -> int = function At n -> n | End -> Bytes.length bytes | Stream -> 0 in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at; into } -> Ok (Loan.fill_string into (Bytes.to_string bytes) (place at))
    | Write { at; from } ->
        Ok
          (Loan.use from (fun slice ->
               let n = min (Slice.length slice) (Bytes.length bytes - place at) in
               Slice.blit_to_bytes (Slice.sub slice 0 n) bytes (place at);
               n))
    | Stat -> Ok (Stat.make ~size:(Bytes.length bytes) File)
    | Close ->
        incr closed;
        Ok ()
    | _ -> Error Unsupported
  in
  ({ seekable; perform }, closed)

let in_fiber name body = test name (fun () -> Picos_mux_fifo.run body)

let read ?(most = 4) handle =
  let slice = Slice.create most in
  Result.map (fun n -> Slice.to_string (Slice.sub slice 0 n)) (Handle.read handle slice)

let positions () =
  in_fiber "handle: it moves as it is read and written" (fun () ->
      let file, _ = memory_file "abcdefgh" in
      let handle = get (Handle.make file) in
      that "first" (get (read handle) = "abcd");
      that "copies share it" (get (read ~most:1 (get (Handle.dup handle))) = "e");
      get (Handle.write_string handle "XY");
      equal "back" 4 (get (Handle.seek handle From_end (-4)));
      that "written" (get (read handle) = "eXYh");
      that "end" (get (read handle) = "");
      equal "here" 6 (get (Handle.seek handle Here (-2)));
      fails Invalid (Handle.seek handle Start (-1));
      fails Out_of_range (Handle.seek handle Here max_int);
      fails Invalid (Handle.read_at handle (-1) (Slice.create 1));
      equal "not moved" 6 (get (Handle.seek handle Here 0)));
  in_fiber "handle: streams have no place" (fun () ->
      let file, _ = memory_file ~seekable:false "abcdefgh" in
      let handle = get (Handle.make file) in
      fails Not_seekable (Handle.seek handle Start 0);
      fails Not_seekable (Handle.read_at handle 0 (Slice.create 1)))

let rights () =
  in_fiber "handle: rights only go down" (fun () ->
      let file, _ = memory_file "abcd" in
      let handle = get (Handle.make file) in
      let reader = get (Handle.restrict ~write:false handle) in
      fails Access (Handle.write_string reader "x");
      fails Access (Handle.truncate reader 0);
      fails Access (Handle.call reader { text = ""; handles = [] });
      fails Access (Handle.map ~write:true reader ~offset:0 ~length:1);
      fails Access (Handle.set_times ~modified_ns:1 reader);
      fails Access (Handle.write_string (get (Handle.restrict ~write:true reader)) "x");
      that "reads" (get (read reader) = "abcd");
      let blind = get (Handle.restrict ~read:false handle) in
      fails Access (read blind);
      fails Access (Handle.list blind);
      fails Access (Handle.map blind ~offset:0 ~length:1));
  in_fiber "handle: requests that make no sense never come to the server" (fun () ->
      let file, _ = memory_file "abcd" in
      let handle = get (Handle.make file) in
      fails Invalid (Handle.truncate handle (-1));
      fails Invalid (Handle.map handle ~offset:(-1) ~length:1);
      fails Invalid (Handle.map handle ~offset:1 ~length:max_int);
      fails Invalid (Handle.request handle (List { from = -1; most = 1 }));
      raises "memory that is read only" is_invalid (fun () -> Handle.read handle (Slice.read_only (Slice.create 1))))

let lives () =
  in_fiber "handle: the file is closed with the last of its handles, once" (fun () ->
      let file, closed = memory_file "abcd" in
      let budget = Budget.create 2 in
      let a = get (Handle.make ~budget file) in
      let b = get (Handle.dup a) in
      fails Too_many_handles (Handle.dup a);
      Handle.close a;
      Handle.close a;
      equal "one left" 1 (Budget.used budget);
      fails Bad_handle (read a);
      fails Bad_handle (Handle.dup a);
      that "b works" (get (read b) = "abcd");
      equal "not yet" 0 !closed;
      Handle.close b;
      equal "now" 1 !closed;
      equal "none" 0 (Budget.used budget);
      fails Too_many_handles (Handle.make ~budget:(Budget.create 0) file);
      equal "closed at once" 2 !closed);
  law "handle: closed by many, once" (fun () ->
      let file, closed = memory_file "abcd" in
      let handle = get (Handle.make file) in
      Picos_std_structured.Run.all
        (List.init 4 (fun i () ->
             yields i;
             (match read handle with Ok _ | Error Bad_handle -> () | Error e -> failwith (Error.to_string e));
             Handle.close handle));
      equal "once" 1 !closed)

let tables () =
  in_fiber "table: numbers name one handle, and never another" (fun () ->
      let random = Random.State.make [| 3 |] in
      let table = Table.create ~places:20 () in
      let file, _ = memory_file "abcd" in
      let alive = Hashtbl.create 20 and dead = Hashtbl.create 20 in
      for _ = 1 to scaled 20_000 do
        match Random.State.int random 4 with
        | 0 | 1 -> (
            let handle = get (Handle.make file) in
            match Table.add table handle with
            | Ok n ->
                that "new" (not (Hashtbl.mem alive n || Hashtbl.mem dead n));
                Hashtbl.replace alive n handle
            | Error e ->
                that "full" (e = Too_many_handles && Hashtbl.length alive = 20);
                Handle.close handle)
        | 2 -> (
            match List.of_seq (Seq.take 1 (Hashtbl.to_seq alive)) with
            | [ (n, handle) ] ->
                that "the same" (get (Table.find table n) == handle);
                get (Table.close table n);
                that "closed" (Handle.is_closed handle);
                Hashtbl.remove alive n;
                Hashtbl.replace dead n ()
            | _ -> ())
        | _ ->
            let guess =
              match Random.State.int random 3 with
              | 0 -> Random.State.bits random - (1 lsl 29)
              | 1 -> Random.State.int random 64
              | _ -> (Random.State.int random 100 lsl 20) lor Random.State.int random 24
            in
            if not (Hashtbl.mem alive guess) then fails Bad_handle (Table.find table guess)
      done;
      Hashtbl.iter (fun n () -> fails Bad_handle (Table.find table n)) dead;
      equal "count" (Hashtbl.length alive) (Table.count table);
      Table.close_all table;
      Hashtbl.iter
        (fun n handle ->
          fails Bad_handle (Table.find table n);
          that "closed" (Handle.is_closed handle))
        alive;
      fails Too_many_handles (Table.add table (get (Handle.make file))))

let add () =
  positions ();
  rights ();
  lives ();
  tables ()
