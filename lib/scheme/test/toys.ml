(* SPDX-License-Identifier: ISC *)

open Picos
open Scheme

type t = { opened : int Atomic.t; closed : int Atomic.t; answered : int Atomic.t; gate : unit Computation.t }

let create () =
  { opened = Atomic.make 0; closed = Atomic.make 0; answered = Atomic.make 0; gate = Computation.create () }

exception Crash

(* What a server opens and then does not give away, it closes itself. *)
let or_closed t body =
  try body ()
  with exn ->
    Atomic.incr t.closed;
    raise exn

let file t server name : Handle.file =
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Close ->
        Atomic.incr t.closed;
        Ok ()
    | Read { into; _ } -> (
        match name with
        | "stuck" ->
            Computation.await t.gate;
            Ok (Loan.fill_string into "late" 0)
        | "slow" ->
            Fiber.yield ();
            Fiber.yield ();
            Atomic.incr t.answered;
            Ok (Loan.fill_string into name 0)
        | "crash" ->
            Fiber.yield ();
            raise Crash
        | "liar" -> Ok 1_000_000
        | _ -> Ok (Loan.fill_string into name 0))
    | Write { from; _ } -> if name = "stuck" then Computation.await t.gate; Ok (Loan.length from)
    | Stat -> Ok (Stat.make Stream)
    | Call { text = "open"; handles } -> (
        List.iter Handle.close handles;
        match server with
        | None -> Error Unsupported
        | Some server -> (
            Atomic.incr t.opened;
            let inner (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
              match request with
              | Close ->
                  Atomic.incr t.closed;
                  Ok ()
              | Read { into; _ } -> Ok (Loan.fill_string into "inner" 0)
              | _ -> Error Unsupported
            in
            match Service.handle server { seekable = false; perform = inner } with
            | Ok handle -> (
                match Fiber.yield () with
                | () -> Ok { text = ""; handles = [ handle ] }
                | exception exn ->
                    Handle.close handle;
                    raise exn)
            | Error _ as error -> error))
    | Call { text; handles } -> Ok { text = text ^ "!"; handles }
    | _ -> Error Unsupported
  in
  { seekable = false; perform }

let scheme ?server t : Service.implementation =
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    match request with
    | Open { names = [ "slow-to-open" ]; _ } ->
        Atomic.incr t.opened;
        or_closed t (fun () ->
            Fiber.yield ();
            Ok (Request.Done (file t server "slow-to-open")))
    | Open { names = [ "crash-to-open" ]; _ } -> raise Crash
    | Open { names = [ name ]; _ } ->
        Atomic.incr t.opened;
        Ok (Done (file t server name))
    | Open _ -> Error Not_found
    | _ -> Error Unsupported
  in
  { ask }
