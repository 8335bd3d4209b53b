(* SPDX-License-Identifier: ISC *)

open Picos
open Picos_std_structured

let fork kind bundle main =
  Bundle.fork bundle (fun () ->
      let computation = Computation.create () in
      let (Packed here) = Fiber.get_computation (Fiber.current ()) in
      let canceler = Computation.attach_canceler ~from:here ~into:computation in
      Fun.protect ~finally:(fun () -> Computation.detach here canceler) @@ fun () ->
      Picox_classes.spawn kind
        (Fiber.create ~forbid:false computation)
        (fun _ -> Computation.capture computation main ());
      match Computation.await computation with
      | () -> ()
      | exception exn ->
          (* What was canceled with the bundle still runs to its end. *)
          Fiber.check (Fiber.current ());
          raise exn)
