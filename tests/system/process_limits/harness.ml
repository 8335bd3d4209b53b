(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

external user_code : unit -> string = "limits_user_code"

let check what holds = Printf.printf "%s: %b\n%!" what holds
let ok = function Ok value -> value | Error error -> failwith (Error.to_string error)
let executable () = User_program.executable (user_code ())

(* The second time: what is kept for the next one is there by then. *)
let gives_memory_back what f =
  f ();
  let before = User_program.pages_left () in
  f ();
  let after = User_program.pages_settled (before - 64) in
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
