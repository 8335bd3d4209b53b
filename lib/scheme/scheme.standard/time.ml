(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos

let decimal ns = Printf.sprintf "%d.%09d\n" (ns / 1_000_000_000) (ns mod 1_000_000_000)

let after text : (Handle.file, Error.t) result =
  match float_of_string_opt text with
  | Some seconds when seconds >= 0.0 && seconds <= 1e9 ->
      let due = Picox_timers.now_ns () + int_of_float (seconds *. 1e9) in
      let wait () =
        let left = due - Picox_timers.now_ns () in
        if left > 0 then Fiber.sleep ~seconds:(float_of_int left *. 1e-9)
      in
      let told = Atomic.make false in
      let read into =
        wait ();
        Ok (if Atomic.exchange told true then 0 else Loan.fill_string into (text ^ "\n") 0)
      in
      let event (interest : Request.interest) : (Request.ready, Error.t) result =
        if interest.wait then wait ();
        Ok { can_read = due <= Picox_timers.now_ns (); can_write = false; ended = false }
      in
      Ok (Tree.stream ~read ~event ())
  | _ -> Error Not_found

let service () =
  Tree.service
    (Directory
       [
         ("now", Tree.text (fun () -> decimal (int_of_float (Unix.gettimeofday () *. 1e6) * 1000)));
         ("monotonic", Tree.text (fun () -> decimal (Picox_timers.now_ns ())));
         ( "after",
           Generated { list = (fun () -> []); find = (fun text -> if Result.is_ok (after text) then Some (File (fun _ -> after text)) else None) }
         );
       ])
