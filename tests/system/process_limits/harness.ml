(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

external user_code : unit -> string = "limits_user_code"

let check what holds = Printf.printf "%s: %b\n%!" what holds
let ok = function Ok value -> value | Error error -> failwith (Error.to_string error)
let start = 0x100000
let headers = 64 + 56

(* An executable of the user code and nothing else.  Spec: [elf] *)
let executable () =
  let code = user_code () in
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
let pages_left () =
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

(* The second time: what is kept for the next one is there by then. *)
let gives_memory_back what f =
  f ();
  let before = pages_left () in
  f ();
  (* Threads that are not needed any more end by and by. *)
  let rec settled left =
    let after = pages_left () in
    if after >= before - 64 || left = 0 then after
    else (
      Picos.Fiber.sleep ~seconds:0.2;
      settled (left - 1))
  in
  let after = settled 10 in
  if after < before - 64 then Printf.printf "%d pages before, %d after\n" before after;
  check (what ^ ", and memory comes back") (after >= before - 64)

let elapsed f =
  let before = Vcpu.now () in
  let value = f () in
  (value, float (Vcpu.now () - before) *. 1e-9)

(* Waits until it holds; a hang detector. *)
let rec await ?(left = 20_000) condition =
  if not (condition ()) then
    if left = 0 then failwith "waited in vain"
    else (
      Picos.Fiber.sleep ~seconds:0.001;
      await ~left:(left - 1) condition)

(* A stream that counts what is written to it. *)
let counting () =
  let written = Atomic.make 0 in
  let perform : type a. (Handle.t, a) Request.t -> (a, Error.t) result = function
    | Write { from; _ } ->
        let n = Loan.use from Slice.length in
        ignore (Atomic.fetch_and_add written n);
        Ok n
    | Stat -> Ok (Stat.make Stream)
    | Close -> Ok ()
    | _ -> Error Error.Unsupported
  in
  (Open_file.of_handle (ok (Handle.make { seekable = false; perform })), written)
