(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

external user_code : unit -> string = "cycles_user_code"

let ok = function Ok value -> value | Error error -> failwith (Error.to_string error)
let start = 0x100000
let headers = 64 + 56

(* An executable of that code and nothing else.  Spec: [elf] *)
let executable code =
  let size = headers + String.length code in
  let bytes = Bytes.make size '\000' in
  let put16 = Bytes.set_uint16_le bytes in
  let put32 at n = Bytes.set_int32_le bytes at (Int32.of_int n) in
  let put64 at n = Bytes.set_int64_le bytes at (Int64.of_int n) in
  Bytes.blit_string "\x7fELF\x02\x01\x01" 0 bytes 0 7;
  put16 16 2;
  put16 18 Space.machine;
  put32 20 1;
  put64 24 (start + headers);
  put64 32 64;
  put16 52 64;
  put16 54 56;
  put16 56 1;
  put32 64 1;
  put32 68 5;
  put64 80 start;
  put64 88 start;
  put64 96 size;
  put64 104 size;
  put64 112 Space.page_size;
  Bytes.blit_string code 0 bytes headers (String.length code);
  Bytes.to_string bytes

(* Pages that the machine still gives. *)
let left () =
  Picos.Fiber.sleep ~seconds:0.3;
  Gc.full_major ();
  Gc.full_major ();
  let space = Space.create () in
  let rec grow at step =
    if step = 0 then Space.pages space
    else
      match Space.map space at ~pages:step Space.read with
      | Done -> grow (at + (step * Space.page_size)) step
      | _ -> grow at (step / 2)
  in
  let pages = grow Space.lowest 4096 in
  Space.clear space;
  pages

let once system namespace i =
  let begin_ arguments =
    match Tender.spawn system ~namespace "/program" ~arguments with Ok p -> p | Error reason -> failwith reason
  in
  if Tender.wait (begin_ [ "program" ]) <> Exited 7 then failwith "it ends otherwise";
  if i mod 4 = 0 then (
    let p = begin_ [ "program"; "waits" ] in
    if i mod 8 = 0 then Picos.Fiber.sleep ~seconds:0.002;
    Tender.kill p 9;
    if Tender.wait p <> Killed 9 then failwith "it is not killed")

(* A call that asks for nothing costs no collection: what beginning and ending allocate is much less than a word for each. *)
let check_calls system namespace =
  let calls = 200_000 in
  let before = Gc.minor_words () in
  (match Tender.spawn system ~namespace "/program" ~arguments:[ "program"; "calls"; "often" ] with
  | Ok p -> if Tender.wait p <> Exited 7 then failwith "it ends otherwise"
  | Error reason -> failwith reason);
  let words = Gc.minor_words () -. before in
  if words > float (calls / 2) then Printf.printf "%.0f words for %d calls\n" words calls;
  Printf.printf "calls allocate nothing: %b\n" (words <= float (calls / 2))

let () =
  Picos_mux_thread.run (fun () ->
      let cycles = int_of_string Sys.argv.(1) in
      let namespace = Namespace.add Namespace.empty "file" (Scheme_tmpfs.service (Scheme_tmpfs.create ())) in
      ok (Namespace.write_file namespace "/program" (executable (user_code ())));
      let system = Tender.create () in
      for i = 1 to 100 do
        once system namespace i
      done;
      let before = left () in
      for i = 1 to cycles do
        once system namespace i
      done;
      let after = left () in
      check_calls system namespace;
      Tender.close system;
      if abs (before - after) > 64 then Printf.printf "%d pages before, %d after\n" before after;
      Printf.printf "memory comes back: %b\n" (abs (before - after) <= 64))
