(* SPDX-License-Identifier: ISC *)

(* What tests of processes have in common: an executable of a piece of code, and how much memory the machine still has. *)

open Process

let start = 0x100000
let headers = 64 + 56

(* Of that code and nothing else.  Spec: [elf] *)
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

(* Pages that the machine still gives: they are taken, and given back. What the tender keeps for later is no loss. *)
let pages_left () =
  Picos.Fiber.sleep ~seconds:0.3;
  Buffers.drop ();
  Gc.compact ();
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

(* As soon as it is so many, or after a while: threads that are not needed any more end by and by. *)
let rec pages_settled ?(left = 10) wanted =
  let pages = pages_left () in
  if pages >= wanted || left = 0 then pages
  else (
    Picos.Fiber.sleep ~seconds:0.2;
    pages_settled ~left:(left - 1) wanted)
