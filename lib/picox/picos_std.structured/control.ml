(* SPDX-License-Identifier: ISC *)

open Picos

exception Terminate
exception Errors of (exn * Printexc.raw_backtrace) list

let () =
  Printexc.register_printer (function
    | Errors errors ->
        let texts = List.map (fun (exn, _) -> Printexc.to_string exn) errors in
        Some ("Errors[" ^ String.concat "; " texts ^ "]")
    | _ -> None)

let no_backtrace = Printexc.get_callstack 0
let backtrace = function None -> no_backtrace | Some n -> Printexc.get_callstack n
let raise_if_canceled () = Fiber.check (Fiber.current ())
let yield = Fiber.yield
let sleep = Fiber.sleep
let protect body = Fiber.forbid (Fiber.current ()) body

let block () =
  let fiber = Fiber.current () in
  if Fiber.has_forbidden fiber then invalid_arg "Control.block: cancelation is forbidden";
  Fiber.check fiber;
  let (Packed computation) = Fiber.get_computation fiber in
  let canceled = if Computation.is_running computation then Trigger.await (Trigger.create ()) else None in
  match canceled with
  | Some (exn, bt) -> Printexc.raise_with_backtrace exn bt
  | None ->
      Fiber.check fiber;
      raise (Sys_error "Control.block: the computation has returned")

let terminate_after ?callstack ~seconds body =
  let bt = backtrace callstack in
  let fiber = Fiber.current () in
  let outer = Fiber.get_computation fiber in
  let (Packed from) = outer in
  let into = Computation.create ~mode:`LIFO () in
  let canceler = Computation.attach_canceler ~from ~into in
  Fiber.set_computation fiber (Packed into);
  let leave () =
    Computation.finish into;
    Fiber.set_computation fiber outer;
    Computation.detach from canceler
  in
  match
    Computation.cancel_after into ~seconds Terminate bt;
    body ()
  with
  | value ->
      leave ();
      value
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      leave ();
      Printexc.raise_with_backtrace exn bt

let terminate_unless condition = if not condition then raise Terminate
