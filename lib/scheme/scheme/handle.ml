(* SPDX-License-Identifier: ISC *)

open Picos
module Mutex = Picos_std_sync.Mutex

let ( let* ) = Result.bind

type t = {
  description : description;
  can_read : bool;
  can_write : bool;
  budget : Budget.t;
  life : unit Computation.t;  (** canceled when it is closed *)
}

(* One for each opening. *)
and description = {
  file : t Request.file;
  append : bool;
  service : int;
  origin : description option;  (** whose file it is, if it was reopened *)
  mutable kind : Stat.kind option;
  mutable position : int;
  moving : Mutex.t;  (** holds [position] *)
  references : int Atomic.t;  (** handles, and requests under way; 0: closed *)
}

type file = t Request.file
type message = t Request.message

exception Closed

let no_backtrace = Printexc.get_callstack 0

(* [Fun.protect], for what never raises. *)
let finally after body =
  match body () with
  | value ->
      after ();
      value
  | exception exn ->
      let backtrace = Printexc.get_raw_backtrace () in
      after ();
      Printexc.raise_with_backtrace exn backtrace

(* References *)

let rec refer description =
  let n = Atomic.get description.references in
  n > 0 && (Atomic.compare_and_set description.references n (n + 1) || refer description)

let release description =
  if Atomic.fetch_and_add description.references (-1) = 1 then
    match description.file.perform Close with Ok () | Error _ -> () | exception _ -> ()

let of_description ~can_read ~can_write ~budget description =
  { description; can_read; can_write; budget; life = Computation.create () }

let make ?(read = true) ?(write = true) ?(append = false) ?(service = 0) ?(budget = Budget.unlimited) (file : file) =
  let description =
    { file; append; service; origin = None; kind = None; position = 0; moving = Mutex.create (); references = Atomic.make 1 }
  in
  if Budget.take budget 1 then Ok (of_description ~can_read:read ~can_write:write ~budget description)
  else begin
    release description;
    Error Error.Too_many_handles
  end

let service t = t.description.service
let kind t = t.description.kind
let know_kind t kind = t.description.kind <- Some kind

let close t =
  if Computation.try_cancel t.life Closed no_backtrace then begin
    Budget.give_back t.budget 1;
    release t.description
  end

let is_closed t = not (Computation.is_running t.life)
let can_read t = t.can_read
let can_write t = t.can_write
let is_seekable t = t.description.file.seekable
let using t body = Fun.protect ~finally:(fun () -> close t) (fun () -> body t)

let restrict ?(read = true) ?(write = true) ?budget t =
  let budget = Option.value budget ~default:t.budget in
  if is_closed t || not (refer t.description) then Error Error.Bad_handle
  else if not (Budget.take budget 1) then begin
    release t.description;
    Error Error.Too_many_handles
  end
  else Ok (of_description ~can_read:(t.can_read && read) ~can_write:(t.can_write && write) ~budget t.description)

let dup ?budget t = restrict ?budget t

(* Of the first opening always, so that no chain grows from one to the next. *)
let reopen ~read ~write ~append ~budget t =
  let origin = Option.value t.description.origin ~default:t.description in
  if is_closed t || not (refer origin) then Error Error.Bad_handle
  else if not (Budget.take budget 1) then begin
    release origin;
    Error Error.Too_many_handles
  end
  else
    let perform (type a) (request : (t, a) Request.t) : (a, Error.t) result =
      match request with
      | Close ->
          release origin;
          Ok ()
      | request -> origin.file.perform request
    in
    let description =
      {
        file = { seekable = origin.file.seekable; perform };
        append;
        service = origin.service;
        origin = Some origin;
        kind = t.description.kind;
        position = 0;
        moving = Mutex.create ();
        references = Atomic.make 1;
      }
    in
    Ok (of_description ~can_read:(t.can_read && read) ~can_write:(t.can_write && write) ~budget description)

(* Requests *)

(* Runs the body as a part of the fiber that is canceled when the handle is closed, too. [never] is called where it does not
   run because the fiber is canceled already. *)
let interruptible t ~never body =
  let fiber = Fiber.current () in
  (match Fiber.check fiber with
  | () -> ()
  | exception exn ->
      let backtrace = Printexc.get_raw_backtrace () in
      never ();
      Printexc.raise_with_backtrace exn backtrace);
  let (Packed outer as packed) = Fiber.get_computation fiber in
  let inner = Computation.create () in
  let from_outer = Computation.canceler ~from:outer ~into:inner in
  let from_life = Computation.canceler ~from:t.life ~into:inner in
  (* One that is completed already is not attached to: the check above, and that for [Closed], see it. *)
  let outer_attached = Computation.try_attach outer from_outer in
  if not (Computation.try_attach t.life from_life) then Computation.cancel inner Closed no_backtrace;
  Fiber.set_computation fiber (Packed inner);
  let back () =
    Fiber.set_computation fiber packed;
    if outer_attached then Computation.detach outer from_outer;
    Computation.detach t.life from_life
  in
  match body () with
  | result ->
      back ();
      result
  | exception Closed when is_closed t ->
      back ();
      (* If the fiber is canceled, too, that is what it is told. *)
      Fiber.check fiber;
      Error Error.Bad_handle
  | exception exn ->
      let bt = Printexc.get_raw_backtrace () in
      back ();
      Printexc.raise_with_backtrace exn bt

type within = { fiber : Fiber.t; computation : unit Computation.t }

(* The same in a computation that is canceled anyway when the request is. *)
let interruptible_within { fiber; computation } t ~never body =
  (match Fiber.check fiber with
  | () -> ()
  | exception exn ->
      let backtrace = Printexc.get_raw_backtrace () in
      never ();
      Printexc.raise_with_backtrace exn backtrace);
  let from_life = Computation.canceler ~from:t.life ~into:computation in
  if not (Computation.try_attach t.life from_life) then Computation.cancel computation Closed no_backtrace;
  match body () with
  | result ->
      Computation.detach t.life from_life;
      result
  | exception Closed when is_closed t -> Error Error.Bad_handle
  | exception exn ->
      let backtrace = Printexc.get_raw_backtrace () in
      Computation.detach t.life from_life;
      Printexc.raise_with_backtrace exn backtrace

let interruptible ?within t ~never body =
  match within with
  | None -> interruptible t ~never body
  | Some within -> interruptible_within within t ~never body

let waits (type a) (file : file) (request : (t, a) Request.t) =
  match request with
  | Event _ | Call _ -> true
  | Read _ | Write _ -> not file.seekable
  | _ -> false

let allowed t (type a) (request : (t, a) Request.t) =
  if Request.is_mutation request then t.can_write
  else match request with Read _ | List _ | Map _ -> t.can_read | _ -> true

let valid (type a) (file : file) (request : (t, a) Request.t) : (unit, Error.t) result =
  let place : Request.place -> (unit, Error.t) result = function
    | Stream -> if file.seekable then Error Invalid else Ok ()
    | At n -> if not file.seekable then Error Not_seekable else if n < 0 then Error Invalid else Ok ()
    | End -> if file.seekable then Ok () else Error Not_seekable
  in
  match request with
  | Read { at; _ } -> place at
  | Write { at; _ } -> place at
  | Truncate n -> if n < 0 then Error Invalid else Ok ()
  | List { from; most } -> if from < 0 || most < 0 then Error Invalid else Ok ()
  | Map { offset; length; _ } ->
      if offset < 0 || length < 0 || offset > max_int - length then Error Invalid else Ok ()
  | _ -> Ok ()

let refuse request error =
  Request.drop ~close request;
  Error error

let charge_to t handle =
  let charged = restrict ~budget:t.budget handle in
  close handle;
  charged

(* What is received counts in the budget of who receives it. If not all of it fits, none is given, and the text alone arrives: else
   a server that has no room would never hear of a request that it owes an answer. *)
let receive t (message : message) : message =
  let charged = List.map (charge_to t) message.handles in
  if List.for_all Result.is_ok charged then { message with handles = List.map Result.get_ok charged }
  else begin
    List.iter (Result.iter close) charged;
    { message with handles = [] }
  end

let perform t (type a) (request : (t, a) Request.t) : (a, Error.t) result =
  match (request, t.description.file.perform request) with
  | Call _, Ok message -> Ok (receive t message)
  | Map _, Ok (Part { file; offset }) -> Result.map (fun file -> Request.Part { file; offset }) (charge_to t file)
  | _, result -> result

let request (type a) ?within t (request : (t, a) Request.t) : (a, Error.t) result =
  let description = t.description in
  match request with
  | Close ->
      close t;
      Ok ()
  | _ when is_closed t -> refuse request Error.Bad_handle
  | _ when not (allowed t request) -> refuse request Error.Access
  | _ -> (
      match valid description.file request with
      | Error error -> refuse request error
      | Ok () ->
          if not (refer description) then refuse request Error.Bad_handle
          else
            finally (fun () -> release description) @@ fun () ->
            if waits description.file request then
              interruptible ?within t ~never:(fun () -> Request.drop ~close request) (fun () -> perform t request)
            else perform t request)

let lending slice body =
  let loan = Loan.lend slice in
  finally (fun () -> Loan.take_back loan) (fun () -> body loan)

let read_place ?within t at slice =
  if Slice.is_read_only slice then invalid_arg "Handle.read: a slice that is read only";
  let* n = lending slice (fun into -> request ?within t (Read { at; into })) in
  if n < 0 || n > Slice.length slice then Error Error.Server_gone (* a server that lies *) else Ok n

let write_place ?within t at slice =
  let* n = lending (Slice.read_only slice) (fun from -> request ?within t (Write { at; from })) in
  if n < 0 || n > Slice.length slice || (n = 0 && Slice.length slice > 0) then Error Error.Server_gone else Ok n

let read_at t position slice = read_place t (At position) slice
let write_at t position slice = write_place t (At position) slice

let moving t f =
  let description = t.description in
  Mutex.protect ~checked:false description.moving (fun () ->
      let* n = f description.position in
      description.position <- description.position + n;
      Ok n)

let read ?within t slice =
  if is_seekable t then moving t (fun position -> read_at t position slice) else read_place ?within t Stream slice

let write ?within t slice =
  if not (is_seekable t) then write_place ?within t Stream slice
  else if t.description.append then write_place t End slice
  else moving t (fun position -> write_at t position slice)

let stat t = request t Stat

type origin = Start | Here | From_end

let seek t origin offset =
  if is_closed t then Error Error.Bad_handle
  else if not (is_seekable t) then Error Error.Not_seekable
  else
    Mutex.protect ~checked:false t.description.moving @@ fun () ->
    let* base =
      match origin with
      | Start -> Ok 0
      | Here -> Ok t.description.position
      | From_end -> Result.map (fun (stat : Stat.t) -> stat.size) (stat t)
    in
    if offset > 0 && base > max_int - offset then Error Error.Out_of_range
    else if base + offset < 0 then Error Error.Invalid
    else begin
      t.description.position <- base + offset;
      Ok (base + offset)
    end

let rec write_all t slice =
  if Slice.length slice = 0 then Ok ()
  else
    let* n = write t slice in
    write_all t (Slice.sub slice n (Slice.length slice - n))

let write_string t text = write_all t (Slice.of_string text)

let read_all ?(most = 1 lsl 26) t =
  let text = Buffer.create 4096 and slice = Slice.create 4096 in
  let rec go () =
    let* n = read t slice in
    if n = 0 then Ok (Buffer.contents text)
    else if Buffer.length text > most - n then Error Error.Too_large
    else begin
      Buffer.add_string text (Slice.to_string (Slice.sub slice 0 n));
      go ()
    end
  in
  go ()

let list t =
  let rec go from before =
    let* entries = request t (List { from; most = 256 }) in
    match List.rev entries with
    | [] -> Ok (List.rev before)
    | (_, next) :: _ -> if next <= from then Error Error.Server_gone else go next (List.rev_append (List.map fst entries) before)
  in
  go 0 []

let truncate t size = request t (Truncate size)
let set_times ?accessed_ns ?modified_ns t = request t (Set_times { accessed_ns; modified_ns })
let sync t = request t Sync
let map ?(write = false) t ~offset ~length =
  let* mapped = request t (Map { offset; length; write }) in
  match mapped with
  | Memory slice -> Ok slice
  | Part { file; _ } ->
      close file;
      Error Error.Unsupported

let event t interest = request t (Event interest)
let call t message = request t (Call message)
