(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos
module Packet = Scheme_packet
module Tree = Scheme_standard.Tree
module Mutex = Stdlib.Mutex

let ( let* ) = Result.bind

(* Requests that wait for the server, and those that it has. *)
type session = {
  mutex : Mutex.t;
  outgoing : (int * string) Queue.t;  (** tags and packets *)
  pending : (int, Packet.body * (Packet.reply, Error.t) result Computation.t) Hashtbl.t;
  canceled : (int, Packet.body) Hashtbl.t;  (** whose answers nobody wants any more *)
  mutable next_tag : int;
  mutable readers : Trigger.t list;
  mutable closed : bool;
}

type t = {
  service : Service.t;
  state : Mutex.t;
  mutable session : session option;  (** of the socket that is open *)
  mutable waiting : Trigger.t list;  (** for a session, or for its end *)
}

let create () = { service = Service.create (); state = Mutex.create (); session = None; waiting = [] }
let service t = t.service
let is_served t = Service.is_served t.service

let make_session () =
  {
    mutex = Mutex.create ();
    outgoing = Queue.create ();
    pending = Hashtbl.create 16;
    canceled = Hashtbl.create 16;
    next_tag = 1;
    readers = [];
    closed = false;
  }

let wake triggers = List.iter Trigger.signal triggers

(* The server's side *)

let take_readers s =
  let readers = s.readers in
  s.readers <- [];
  readers

let put s ?waiter file body =
  Mutex.protect s.mutex (fun () ->
      if s.closed then None
      else begin
        let tag = s.next_tag in
        s.next_tag <- tag + 1;
        Option.iter (fun waiter -> Hashtbl.replace s.pending tag (body, waiter)) waiter;
        Queue.push (tag, Packet.encode_request { tag; file; body }) s.outgoing;
        Some (tag, take_readers s)
      end)

let tell s ~file body = match put s file body with None -> () | Some (_, readers) -> wake readers

(* Until there is a packet. *)
let rec await_packet s look =
  let trigger = Trigger.create () in
  let found =
    Mutex.protect s.mutex (fun () ->
        if s.closed then Some (Error Error.Bad_handle)
        else
          match Queue.peek_opt s.outgoing with
          | Some (tag, packet) -> Some (look tag packet)
          | None ->
              s.readers <- trigger :: s.readers;
              None)
  in
  match found with
  | Some result -> result
  | None -> (
      match Trigger.await trigger with
      | None -> await_packet s look
      | Some (exn, backtrace) ->
          Mutex.protect s.mutex (fun () -> s.readers <- List.filter (( != ) trigger) s.readers);
          Printexc.raise_with_backtrace exn backtrace)

let read s into =
  await_packet s (fun _ packet ->
      if Loan.length into < String.length packet then Error Error.Invalid
      else
        (* Taken only if the memory is still there. *)
        let n = Loan.fill_string into packet 0 in
        ignore (Queue.pop s.outgoing);
        Ok n)

(* Whose answer that is. One that the server has not even read it cannot answer. *)
let take_pending s tag =
  Mutex.protect s.mutex (fun () ->
      match (Hashtbl.find_opt s.pending tag, Hashtbl.find_opt s.canceled tag) with
      | Some _, _ when Queue.fold (fun found (other, _) -> found || other = tag) false s.outgoing -> `Nobody
      | Some (_, waiter), _ ->
          Hashtbl.remove s.pending tag;
          `Waiter waiter
      | None, Some body ->
          Hashtbl.remove s.canceled tag;
          `Canceled body
      | None, None -> `Nobody)

let write s from =
  if Loan.length from > Packet.most_bytes then Error Error.Invalid
  else
    let text = Loan.use from Slice.to_string in
    match Packet.decode_answer text with
    | None -> Error Error.Invalid
    | Some { tag; result } -> (
        match take_pending s tag with
        | `Nobody -> Error Error.Invalid
        | `Waiter waiter ->
            let error errno = Option.value (Error.of_errno errno) ~default:Error.Io in
            ignore (Computation.try_return waiter (Result.map_error error result));
            Ok (String.length text)
        | `Canceled body ->
            (match (body, result) with
            | Packet.Open _, Ok { a; _ } when a > 0 -> tell s ~file:a Close
            | _ -> ());
            Ok (String.length text))

let event s (interest : Request.interest) : (Request.ready, Error.t) result =
  if interest.writable then
    let can_read = Mutex.protect s.mutex (fun () -> not (Queue.is_empty s.outgoing)) in
    Ok { can_read; can_write = true; ended = false }
  else await_packet s (fun _ _ -> Ok { Request.can_read = true; can_write = true; ended = false })

let close t s () =
  let waiters, readers =
    Mutex.protect s.mutex (fun () ->
        s.closed <- true;
        let waiters = List.of_seq (Hashtbl.to_seq_values s.pending) in
        Hashtbl.reset s.pending;
        (waiters, take_readers s))
  in
  List.iter (fun (_, waiter) -> ignore (Computation.try_return waiter (Error Error.Server_gone))) waiters;
  wake readers;
  Service.stop t.service;
  let waiting =
    Mutex.protect t.state (fun () ->
        t.session <- None;
        let waiting = t.waiting in
        t.waiting <- [];
        waiting)
  in
  wake waiting

(* A session that begins. *)
let open_socket t : (Handle.file, Error.t) result =
  let s = make_session () in
  let waiting =
    Mutex.protect t.state (fun () ->
        match t.session with
        | Some _ -> None
        | None ->
            t.session <- Some s;
            let waiting = t.waiting in
            t.waiting <- [];
            Some waiting)
  in
  match waiting with
  | None -> Error Error.Busy
  | Some waiting ->
      wake waiting;
      Ok (Tree.stream ~read:(read s) ~write:(write s) ~event:(event s) ~close:(close t s) ())

let entrance t =
  let ask (type a) (request : (Handle.t, a) Request.by_path) : (a Request.answer, Error.t) result =
    match request with
    | Open { names = []; flags } when flags.creation <> Never ->
        if flags.read && flags.write then Result.map (fun file -> Request.Done file) (open_socket t) else Error Invalid
    | _ -> Error Not_found
  in
  Service.direct { ask }

(* The clients' side *)

(* Nobody waits for it any more: the server is told, if it has it. *)
let give_up s tag =
  let readers =
    Mutex.protect s.mutex (fun () ->
        match Hashtbl.find_opt s.pending tag with
        | None -> []
        | Some (body, _) ->
          Hashtbl.remove s.pending tag;
          let rest = Queue.create () in
          let unread = Queue.fold (fun found (other, packet) -> if other = tag then true else (Queue.push (other, packet) rest; found)) false s.outgoing in
          if unread then begin
            Queue.clear s.outgoing;
            Queue.transfer rest s.outgoing;
            []
          end
          else begin
            Hashtbl.replace s.canceled tag body;
            Queue.push (tag, Packet.encode_request { tag; file = 0; body = Cancel }) s.outgoing;
            take_readers s
          end)
  in
  wake readers

let ask s ?(file = 0) body =
  let waiter = Computation.create () in
  match put s ~waiter file body with
  | None -> Error Error.Server_gone
  | Some (tag, readers) -> (
      wake readers;
      match Computation.await waiter with
      | result -> result
      | exception exn ->
          let backtrace = Printexc.get_raw_backtrace () in
          give_up s tag;
          Printexc.raise_with_backtrace exn backtrace)

(* Replies that are none. *)
let io = Error Error.Io
let nothing = Result.map (fun (_ : Packet.reply) -> ())

let kind_of : Packet.kind -> Stat.kind = function
  | File -> File
  | Directory -> Directory
  | Symbolic -> Link
  | Stream_file -> Stream

let stat_of reply =
  match Packet.stat_of reply with
  | Some { kind; size; id } -> Ok (Stat.make ~size ~id (kind_of kind))
  | None -> io

let place_of : Request.place -> Packet.place = function Stream -> Stream | At n -> At n | End -> End

let file_of s number ~seekable : Handle.file =
  let ask body = ask s ~file:number body in
  let perform (type a) (request : (Handle.t, a) Request.t) : (a, Error.t) result =
    match request with
    | Read { at; into } ->
        let most = min (Loan.length into) Packet.most_data in
        let* reply = ask (Read { at = place_of at; most }) in
        if String.length reply.text > most then io else Ok (Loan.fill_string into reply.text 0)
    | Write { at; from } ->
        let data = Loan.use from (fun slice -> Slice.to_string (Slice.sub slice 0 (min (Slice.length slice) Packet.most_data))) in
        let* reply = ask (Write { at = place_of at; data }) in
        let most = String.length data in
        if reply.a < min 1 most || reply.a > most then io else Ok reply.a
    | Stat ->
        let* reply = ask Stat in
        stat_of reply
    | List { from; most } -> (
        (* As many as surely fit in a packet. *)
        let most = min most 100 in
        let* reply = ask (List { from; most }) in
        match Packet.entries_of ~from ~most reply with
        | Some entries ->
            Ok (List.map (fun ({ name; kind; id; place } : Packet.entry) -> (({ name; kind = kind_of kind; id } : Stat.entry), place)) entries)
        | None -> io)
    | Truncate size -> nothing (ask (Truncate size))
    | Set_times { accessed_ns; modified_ns } -> nothing (ask (Set_times { accessed_ns; modified_ns }))
    | Sync -> nothing (ask Sync)
    | Event { readable; writable } ->
        let* reply = ask (Event { readable; writable }) in
        if reply.a < 1 || reply.a > 7 then io
        else Ok { Request.can_read = reply.a land 1 <> 0; can_write = reply.a land 2 <> 0; ended = reply.a land 4 <> 0 }
    | Call { text; handles } ->
        (* Handles do not go to processes so far. *)
        List.iter Handle.close handles;
        if handles <> [] then Error Unsupported
        else if String.length text > Packet.most_data then Error Too_large
        else
          let* reply = ask (Call text) in
          Ok { Request.text = reply.text; handles = [] }
    | Map _ -> Error Unsupported
    | Close -> Ok (tell s ~file:number Close)
  in
  { seekable; perform }

let path_of names = String.concat "/" names

let open_flags (f : Request.flags) : Packet.open_flags =
  {
    read = f.read;
    write = f.write;
    append = f.append;
    create = f.creation <> Never;
    exclusive = f.creation = Always_new;
    truncate = f.truncate;
    directory = f.directory;
  }

let implementation s : Service.implementation =
  let done_ result = Result.map (fun value -> Request.Done value) result in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : (a Request.answer, Error.t) result =
    match request with
    | Open { names; flags } ->
        let* reply = ask s (Open { path = path_of names; flags = open_flags flags }) in
        if reply.a < 1 then io else Ok (Request.Done (file_of s reply.a ~seekable:(reply.b land 1 <> 0)))
    | Stat_path { names; _ } ->
        let* reply = ask s (Stat_path (path_of names)) in
        done_ (stat_of reply)
    | Make_directory names -> done_ (nothing (ask s (Make_directory (path_of names))))
    | Unlink { names; directory } -> done_ (nothing (ask s (Unlink { path = path_of names; directory })))
    | Rename { from; into; replace } -> done_ (nothing (ask s (Rename { from = path_of from; into = path_of into; replace })))
    | Link { from; into } -> done_ (nothing (ask s (Link { from = path_of from; into = path_of into })))
    | Symbolic_link { target; into } -> done_ (nothing (ask s (Symbolic_link { target; into = path_of into })))
    | Read_link names ->
        let* reply = ask s (Read_link (path_of names)) in
        Ok (Request.Done reply.text)
  in
  { ask }

(* One session after the other *)

let rec next_session t =
  let trigger = Trigger.create () in
  let found =
    Mutex.protect t.state (fun () ->
        match t.session with
        | Some s when not s.closed -> Some s
        | Some _ | None ->
            t.waiting <- trigger :: t.waiting;
            None)
  in
  match found with
  | Some s -> s
  | None -> (
      match Trigger.await trigger with
      | None -> next_session t
      | Some (exn, backtrace) ->
          Mutex.protect t.state (fun () -> t.waiting <- List.filter (( != ) trigger) t.waiting);
          Printexc.raise_with_backtrace exn backtrace)

let rec run t =
  let s = next_session t in
  (* A socket that was closed before the scheme was served stops nobody. *)
  Service.serve t.service ~ready:(fun () -> if s.closed then Service.stop t.service) (fun _ -> implementation s);
  run t
