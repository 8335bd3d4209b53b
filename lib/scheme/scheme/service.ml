(* SPDX-License-Identifier: ISC *)

open Picos

type implementation = Handle.t Request.scheme
type server = { worker : Server.t }
type mode = Serial | Concurrent

type access =
  | Direct of implementation
  | Served of (server * implementation) option Atomic.t

type t = { number : int; access : access }

let next = Atomic.make 1
let make access = { number = Atomic.fetch_and_add next 1; access }
let create () = make (Served (Atomic.make None))
let number t = t.number

(* The fiber's own cancelation passes; anything else that is raised is the fault of the implementation. *)
let guarded f =
  match f () with
  | result -> result
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      match Fiber.canceled (Fiber.current ()) with
      | Some (reason, _) when reason == exn -> Printexc.raise_with_backtrace exn bt
      | _ -> Error Error.Server_gone

let direct_file (file : Handle.file) : Handle.file =
  { file with perform = (fun request -> guarded (fun () -> file.perform request)) }

let direct_ask (implementation : implementation) (type a) (request : (Handle.t, a) Request.by_path) :
    ((Handle.t, a) Request.answer, Error.t) result =
  match guarded (fun () -> implementation.ask request) with
  | Error _ as error -> error
  | Ok answer -> (
      match (request, answer) with
      | Open _, Done file -> Ok (Done (direct_file file))
      | _ -> Ok answer)

let direct implementation = make (Direct { ask = (fun request -> direct_ask implementation request) })

let rec refer users =
  let n = Atomic.get users in
  n > 0 && (Atomic.compare_and_set users n (n + 1) || refer users)

(* A client that is canceled goes on before the function that it asked has ended, and may close the handle; the file is
   closed after both. *)
let served_file server (file : Handle.file) : Handle.file =
  let users = Atomic.make 1 in
  let release () = if Atomic.fetch_and_add users (-1) = 1 then ignore (file.perform Close) in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Close ->
        Server.post server.worker release;
        Ok ()
    | _ ->
        Server.submit server.worker
          ~drop:(fun () -> Request.drop ~close:Handle.close request)
          ~discard:(Request.discard ~close:Handle.close request)
          (fun () ->
            if refer users then Fun.protect ~finally:release (fun () -> file.perform request)
            else begin
              Request.drop ~close:Handle.close request;
              Error Error.Bad_handle
            end)
  in
  { file with perform }

let served_ask server (implementation : implementation) (type a) (request : (Handle.t, a) Request.by_path) :
    ((Handle.t, a) Request.answer, Error.t) result =
  match
    Server.submit server.worker ~drop:ignore ~discard:(Request.discard_by_path ~close:Handle.close request) (fun () ->
        implementation.ask request)
  with
  | Error _ as error -> error
  | Ok answer -> (
      match (request, answer) with
      | Open _, Done file -> Ok (Done (served_file server file))
      | _ -> Ok answer)

let ask t request =
  match t.access with
  | Direct implementation -> implementation.ask request
  | Served state -> (
      match Atomic.get state with
      | None -> Error Error.Server_gone
      | Some (server, implementation) -> served_ask server implementation request)

let handle server ?read ?write ?budget file = Handle.make ?read ?write ?budget (served_file server file)

let serve ?(mode = Concurrent) ?(ready = ignore) t make =
  match t.access with
  | Direct _ -> invalid_arg "Service.serve: a scheme that is served directly"
  | Served state ->
      let server = { worker = Server.create () } in
      let now = Some (server, make server) in
      if not (Atomic.compare_and_set state None now) then invalid_arg "Service.serve: somebody serves the scheme";
      Fun.protect
        ~finally:(fun () ->
          Atomic.set state None;
          Server.stop server.worker)
        (fun () ->
          ready ();
          Server.run server.worker ~serial:(mode = Serial))

let stop t =
  match t.access with
  | Direct _ -> ()
  | Served state -> Option.iter (fun (server, _) -> Server.stop server.worker) (Atomic.get state)

let is_served t =
  match t.access with
  | Direct _ -> true
  | Served state -> ( match Atomic.get state with Some (server, _) -> Server.is_running server.worker | None -> false)
