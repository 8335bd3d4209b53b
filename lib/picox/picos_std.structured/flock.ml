(* SPDX-License-Identifier: ISC *)

open Picos

let key : Bundle.t option Fiber.FLS.t = Fiber.FLS.create ()

let bundle () =
  match Fiber.FLS.get (Fiber.current ()) key ~default:None with
  | Some bundle -> bundle
  | None -> invalid_arg "Flock: no flock around this fiber"

let join_after ?callstack ?on_return body =
  let fiber = Fiber.current () in
  let outer = Fiber.FLS.get fiber key ~default:None in
  let body bundle =
    Fiber.FLS.set fiber key (Some bundle);
    body ()
  in
  Fun.protect
    (fun () -> Bundle.join_after ?callstack ?on_return body)
    ~finally:(fun () -> Fiber.FLS.set fiber key outer)

let terminate ?callstack () = Bundle.terminate ?callstack (bundle ())
let terminate_after ?callstack ~seconds () = Bundle.terminate_after ?callstack (bundle ()) ~seconds
let error ?callstack exn bt = Bundle.error ?callstack (bundle ()) exn bt
let joining bundle fiber = Fiber.FLS.set fiber key (Some bundle)

let fork_as_promise body =
  let bundle = bundle () in
  Bundle.fork_as_promise ~prepare:(joining bundle) bundle body

let fork body =
  let bundle = bundle () in
  Bundle.fork ~prepare:(joining bundle) bundle body
