(* SPDX-License-Identifier: ISC *)

open Picos

type 'device state = Starting of unit Computation.t | Running of 'device | Dead of Device.error
type 'device t = { name : string; state : 'device state Atomic.t; starts : int Atomic.t }

let create name = { name; state = Atomic.make (Starting (Computation.create ())); starts = Atomic.make 0 }
let starts t = Atomic.get t.starts

let become t state =
  match Atomic.exchange t.state state with
  | Starting waiting -> Computation.finish waiting
  | Running _ | Dead _ -> ()

let rec device t =
  match Atomic.get t.state with
  | Running device -> Ok device
  | Dead error -> Error error
  | Starting waiting ->
      Computation.wait waiting;
      device t

let run ?(restarts = 3) ?(pause = 0.01) ?(report = prerr_endline) t driver =
  let rec start failures =
    Atomic.incr t.starts;
    let ready = ref false in
    let error =
      match
        driver (fun device ->
            ready := true;
            become t (Running device))
      with
      | error -> error
      | exception exn ->
          let bt = Printexc.get_raw_backtrace () in
          if Fiber.is_canceled (Fiber.current ()) then begin
            become t (Dead `Gone);
            Printexc.raise_with_backtrace exn bt
          end;
          report (Printf.sprintf "%s: its driver has raised %s" t.name (Printexc.to_string exn));
          `Reset
    in
    let failures = if !ready then 1 else failures + 1 in
    match error with
    | `Gone | `Unsupported ->
        become t (Dead error);
        error
    | _ when failures > restarts ->
        become t (Dead error);
        error
    | _ ->
        become t (Starting (Computation.create ()));
        Fiber.sleep ~seconds:pause;
        start failures
  in
  start 0
