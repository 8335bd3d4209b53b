(* SPDX-License-Identifier: ISC *)

open Scheme

let capacity = 65536
let atomic = 4096

type t = {
  changes : Changes.t;  (** holds all below *)
  ring : Slice.t;
  mutable first : int;
  mutable count : int;
  mutable readers : int;
  mutable writers : int;
  mutable had_writer : bool;  (** before the first one there is no end *)
}

let create () =
  {
    changes = Changes.create ();
    ring = Slice.create capacity;
    first = 0;
    count = 0;
    readers = 1;
    writers = 0;
    had_writer = false;
  }

(* The bytes [from, from + length) of the ring, counted without end, are one or two parts. *)
let parts t from length f =
  let from = from mod capacity in
  let here = min length (capacity - from) in
  if here > 0 then f (Slice.sub t.ring from here) 0;
  if length > here then f (Slice.sub t.ring 0 (length - here)) here

let at_end t = t.had_writer && t.writers = 0

let read t into =
  if Loan.length into = 0 then Ok 0
  else
    Changes.wait_for t.changes @@ fun () ->
    if t.count > 0 then begin
      let n =
        Loan.use into (fun slice ->
            let n = min t.count (Slice.length slice) in
            parts t t.first n (fun part at -> Slice.blit part (Slice.sub slice at (Slice.length part)));
            n)
      in
      t.first <- (t.first + n) mod capacity;
      t.count <- t.count - n;
      Some (Ok n)
    end
    else if at_end t then Some (Ok 0)
    else None

let write t from =
  let length = Loan.length from in
  let needed = if length <= atomic then length else 1 in
  if length = 0 then Ok 0
  else
    Changes.wait_for t.changes @@ fun () ->
    if t.readers = 0 then Some (Error Error.Broken_pipe)
    else if capacity - t.count >= needed then begin
      let n = min length (capacity - t.count) in
      let copy slice part at = Slice.blit (Slice.sub slice at (Slice.length part)) part in
      Loan.use from (fun slice -> parts t (t.first + t.count) n (copy slice));
      t.count <- t.count + n;
      Some (Ok n)
    end
    else None

let event t ~reader (interest : Request.interest) : (Request.ready, Error.t) result =
  Result.ok
  @@ Changes.event t.changes interest
  @@ fun () ->
  let can_read = reader && (t.count > 0 || at_end t) in
  let can_write = (not reader) && (capacity - t.count >= atomic || t.readers = 0) in
  let ended = if reader then t.count = 0 && at_end t else t.readers = 0 in
  if (interest.readable && can_read) || (interest.writable && can_write) || ended then
    Some { Request.can_read; can_write; ended }
  else None

let stat t () = { (Stat.make Stream) with size = t.count; allocated = capacity }

let give_back t budget = if t.readers = 0 && t.writers = 0 then Budget.give_back budget capacity

let writer t budget =
  t.writers <- t.writers + 1;
  t.had_writer <- true;
  let close () =
    Changes.change t.changes (fun () ->
        t.writers <- t.writers - 1;
        give_back t budget)
  in
  Tree.stream ~write:(write t) ~event:(event t ~reader:false) ~stat:(stat t) ~close ()

let reader t budget =
  let close () =
    Changes.change t.changes (fun () ->
        t.readers <- t.readers - 1;
        give_back t budget)
  in
  let call (message : Handle.message) : (Handle.message, Error.t) result =
    List.iter Handle.close message.handles;
    match message.text with
    | "writer" ->
        Result.map
          (fun handle : Handle.message -> { text = ""; handles = [ handle ] })
          (Handle.make ~read:false (Changes.look t.changes (fun () -> writer t budget)))
    | _ -> Error Invalid
  in
  Tree.stream ~read:(read t) ~event:(event t ~reader:true) ~stat:(stat t) ~call ~close ()

let scheme ?(budget = Budget.unlimited) () =
  Tree.service
    (File
       (fun _ -> if Budget.take budget capacity then Ok (reader (create ()) budget) else Error Error.No_memory))

let make namespace =
  let ( let* ) = Result.bind in
  let* reader = Namespace.open_ namespace ~flags:{ Request.reading with write = true } "/scheme/pipe" in
  match Handle.call reader { text = "writer"; handles = [] } with
  | Ok { handles = [ writer ]; _ } ->
      let only_reader = Handle.restrict ~write:false reader in
      Handle.close reader;
      Result.map (fun reader -> (reader, writer)) only_reader
  | Ok { handles = []; _ } ->
      (* It did not fit the budget. *)
      Handle.close reader;
      Error Error.Too_many_handles
  | Ok { handles; _ } ->
      List.iter Handle.close (reader :: handles);
      Error Error.Server_gone
  | Error _ as error ->
      Handle.close reader;
      error
