(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos
module Packet = Scheme_packet
module Tree = Scheme_standard.Tree
module Mutex = Picox_lock

module Table = Hashtbl.Make (struct
  type t = int

  let equal = Int.equal
  let hash n = n land max_int
end)

(* Those of any type call a function to compare. *)
let min = Int.min

let ( let* ) = Result.bind
let most_requests = 4096
let most_requests_of_file = 64
let most_unread = 16 * 1024 * 1024

(* What is kept of a request: whether its answer opens something. *)
type answered = { reply : Packet.reply; handles : Handle.t list  (** its owner's *) }
type about = { opens : bool; of_file : int ref  (** how many there are of its file *) }
type asked = { about : about; waiter : (answered, Error.t) result Computation.t }

(* What the server has not read yet. *)
type outgoing = { tag : int; packet : string; handles : Handle.t list }

(* Requests that wait for the server, and those that it has. *)
type session = {
  mutex : Mutex.t;
  outgoing : outgoing Queue.t;
  mutable unread : int;  (** bytes of these *)
  pending : asked Table.t;
  canceled : about Table.t;  (** whose answers nobody wants any more *)
  mutable next_tag : int;
  mutable readers : Trigger.t list;
  mutable closed : bool;
}

(* A session while clients are let to it. *)
type served = { session : session; alive : bool Atomic.t }

type t = {
  served : served option Atomic.t;
  service : Service.t;
  state : Mutex.t;
  mutable session : session option;  (** of the socket that is open *)
  mutable waiting : Trigger.t list;  (** for a session, or for its end *)
}

let is_served t = Option.is_some (Atomic.get t.served)
let service t = t.service

let make_session () =
  {
    mutex = Mutex.create ();
    outgoing = Queue.create ();
    unread = 0;
    pending = Table.create 16;
    canceled = Table.create 16;
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

let push s ?(handles = []) tag packet =
  s.unread <- s.unread + String.length packet;
  Queue.push { tag; packet; handles } s.outgoing

let next_tag s =
  let tag = s.next_tag in
  s.next_tag <- tag + 1;
  tag

let opens (body : Packet.body) = match body with Open _ -> true | _ -> false

let count { of_file; _ } change = of_file := !of_file + change

(* Those that were canceled count, too: a server owes them an answer as the others. *)
let is_full s = Table.length s.pending + Table.length s.canceled >= most_requests || s.unread >= most_unread

let close_all = List.iter Handle.close

(* One file's users cannot take the room of all. *)
let put s asked file body handles : (int * Trigger.t list, Error.t) result =
  Mutex.protect s.mutex (fun () ->
      if s.closed then Error Error.Server_gone
      else if is_full s || (file > 0 && !(asked.about.of_file) >= most_requests_of_file) then Error Error.Would_block
      else begin
        let tag = next_tag s in
        Table.replace s.pending tag asked;
        count asked.about 1;
        push s ~handles tag (Packet.encode_request { tag; file; body });
        Ok (tag, take_readers s)
      end)

(* What is not answered is not refused: there are no more of these than files that were opened. *)
let tell s ~file body =
  let readers =
    Mutex.protect s.mutex (fun () ->
        if s.closed then []
        else begin
          let tag = next_tag s in
          push s tag (Packet.encode_request { tag; file; body });
          take_readers s
        end)
  in
  wake readers

(* Until there is a packet. *)
let rec await_packet s look =
  let trigger = Trigger.create () in
  let found =
    Mutex.protect s.mutex (fun () ->
        if s.closed then Some (Error Error.Bad_handle)
        else
          match Queue.peek_opt s.outgoing with
          | Some outgoing -> Some (look outgoing)
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

let pop s =
  let { packet; _ } = Queue.pop s.outgoing in
  s.unread <- s.unread - String.length packet

let read s into =
  await_packet s (fun { packet; handles; _ } ->
      if Loan.length into < String.length packet then Error Error.Invalid
      else
        (* Taken only if the memory is still there. *)
        let n = Loan.fill_string into packet 0 in
        pop s;
        Ok (n, handles))
  |> Result.map (fun (n, handles) ->
         close_all handles;
         n)

let receive s =
  await_packet s (fun { packet; handles; _ } ->
      pop s;
      Ok { Request.text = packet; handles })

(* Whose answer that is. One that the server has not even read it cannot answer. *)
let take_pending s tag =
  Mutex.protect s.mutex (fun () ->
      match Table.find_opt s.pending tag with
      | Some _ when Queue.fold (fun found (other : outgoing) -> found || other.tag = tag) false s.outgoing -> `Nobody
      | Some asked ->
          Table.remove s.pending tag;
          count asked.about (-1);
          `Waiter asked
      | None -> (
          match Table.find_opt s.canceled tag with
          | Some about ->
              Table.remove s.canceled tag;
              count about (-1);
              `Canceled about
          | None -> `Nobody))

(* An answer that nobody gets: what was opened for it is closed. *)
let discard s { opens; _ } (result : (answered, 'e) result) =
  match result with
  | Ok { reply; handles } ->
      close_all handles;
      if opens && reply.a > 0 then tell s ~file:reply.a Close
  | Error _ -> ()

(* The handles are the answer's from here on, or closed. *)
let answer s text handles =
  let refuse () =
    close_all handles;
    Error Error.Invalid
  in
  match Packet.decode_answer text with
  | None -> refuse ()
  | Some { result = Error _; _ } when handles <> [] -> refuse ()
  | Some { tag; result } -> (
      let result = Result.map (fun reply -> { reply; handles }) result in
      match take_pending s tag with
      | `Nobody -> refuse ()
      | `Waiter { about; waiter } ->
          let error errno = Option.value (Error.of_errno errno) ~default:Error.Io in
          if not (Computation.try_return waiter (Result.map_error error result)) then discard s about result;
          Ok ()
      | `Canceled about ->
          discard s about result;
          Ok ())

let write s from =
  if Loan.length from > Packet.most_bytes then Error Error.Invalid
  else
    let text = Loan.use from Slice.to_string in
    Result.map (fun () -> String.length text) (answer s text [])

(* With handles: an empty text receives. *)
let call s ({ text; handles } : Handle.message) : (Handle.message, Error.t) result =
  if text = "" && handles = [] then receive s
  else if List.compare_length_with handles Packet.most_handles > 0 then begin
    close_all handles;
    Error Error.Too_large
  end
  else Result.map (fun () -> { Request.text = ""; handles = [] }) (answer s text handles)

let event s (interest : Request.interest) : (Request.ready, Error.t) result =
  if interest.writable || not interest.wait then
    let can_read = Mutex.protect s.mutex (fun () -> not (Queue.is_empty s.outgoing)) in
    Ok { can_read; can_write = true; ended = false }
  else await_packet s (fun _ -> Ok { Request.can_read = true; can_write = true; ended = false })

let close t s () =
  let waiters, unread, readers =
    Mutex.protect s.mutex (fun () ->
        s.closed <- true;
        let waiters = List.of_seq (Table.to_seq_values s.pending) in
        Table.reset s.pending;
        Table.reset s.canceled;
        let unread = List.of_seq (Queue.to_seq s.outgoing) in
        Queue.clear s.outgoing;
        (waiters, unread, take_readers s))
  in
  List.iter (fun { handles; _ } -> close_all handles) unread;
  List.iter (fun { waiter; _ } -> ignore (Computation.try_return waiter (Error Error.Server_gone))) waiters;
  wake readers;
  Atomic.set t.served None;
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
      Ok (Tree.stream ~read:(read s) ~write:(write s) ~event:(event s) ~call:(call s) ~close:(close t s) ())

let entrance t =
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    match request with
    | Open { names = []; flags } when flags.creation <> Never ->
        if flags.read && flags.write then Result.map (fun file -> Request.Done file) (open_socket t) else Error Invalid
    | _ -> Error Not_found
  in
  Service.direct { ask }

(* The clients' side *)

(* Takes what the server has not read out of the queue. *)
let take_unread s tag =
  let all = List.of_seq (Queue.to_seq s.outgoing) in
  match List.partition (fun (other : outgoing) -> other.tag = tag) all with
  | [ mine ], rest ->
      Queue.clear s.outgoing;
      List.iter (fun other -> Queue.push other s.outgoing) rest;
      s.unread <- s.unread - String.length mine.packet;
      Some mine
  | _ -> None

(* Nobody waits for it any more: the server is told, if it has it. *)
let give_up s tag =
  let handles, readers =
    Mutex.protect s.mutex (fun () ->
        match Table.find_opt s.pending tag with
        | None -> ([], [])
        | Some { about; _ } -> (
            Table.remove s.pending tag;
            match take_unread s tag with
            | Some { handles; _ } ->
                count about (-1);
                (handles, [])
            | None ->
                Table.replace s.canceled tag about;
                push s tag (Packet.encode_request { tag; file = 0; body = Cancel });
                ([], take_readers s)))
  in
  close_all handles;
  wake readers

(* The answer may come at the same time. Either it finds the waiter canceled, and whoever brought it discards it, or it is
   with the waiter, and is discarded here. *)
let abandon s tag { about; waiter } exn backtrace =
  if Computation.try_cancel waiter exn backtrace then give_up s tag
  else match Computation.peek_exn waiter with result -> discard s about result | exception _ -> ()

(* The handles are the server's from here on, or closed. *)
let ask_with { session = s; alive } ?(file = 0) ?(of_file = ref 0) body handles =
  let asked = { about = { opens = opens body; of_file }; waiter = Computation.create () } in
  match if Atomic.get alive then put s asked file body handles else Error Error.Server_gone with
  | Error _ as error ->
      close_all handles;
      error
  | Ok (tag, readers) -> (
      wake readers;
      match Computation.await asked.waiter with
      | result -> result
      | exception exn ->
          let backtrace = Printexc.get_raw_backtrace () in
          abandon s tag asked exn backtrace;
          Printexc.raise_with_backtrace exn backtrace)

(* Those whose answers have no handles. *)
let ask served ?file ?of_file body =
  match ask_with served ?file ?of_file body [] with
  | Ok { reply; handles = [] } -> Ok reply
  | Ok { handles; _ } ->
      close_all handles;
      Error Error.Io
  | Error _ as error -> error

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
  | Some { kind; size; id; lends } -> Ok (Stat.make ~size ~id ~lends (kind_of kind))
  | None -> io

let place_of : Request.place -> Packet.place = function Stream -> Stream | At n -> At n | End -> End

(* With no more rights than were asked for. *)
let part handle ~offset ~write : (Handle.t Request.mapped, Error.t) result =
  Fun.protect ~finally:(fun () -> Handle.close handle) @@ fun () ->
  if write && not (Handle.can_write handle) then Error Error.Access
  else
    let* file = Handle.restrict ~write ~budget:Budget.unlimited handle in
    Ok (Request.Part { file; offset })

let file_of served number ~seekable : Handle.file =
  let of_file = ref 0 in
  let ask body = ask served ~file:number ~of_file body in
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
    | Event { readable; writable; wait } ->
        let* reply = ask (Event { readable; writable; wait }) in
        if reply.a < (if wait then 1 else 0) || reply.a > 7 then io
        else Ok { Request.can_read = reply.a land 1 <> 0; can_write = reply.a land 2 <> 0; ended = reply.a land 4 <> 0 }
    | Call { text; handles } ->
        if String.length text > Packet.most_data || List.compare_length_with handles Packet.most_handles > 0 then begin
          close_all handles;
          Error Error.Too_large
        end
        else
          let* { reply; handles } = ask_with served ~file:number ~of_file (Call text) handles in
          Ok { Request.text = reply.text; handles }
    | Map { offset; length; write } -> (
        match ask_with served ~file:number ~of_file (Map { offset; length; write }) [] with
        | Error _ as error -> error
        | Ok { reply; handles = [ handle ] } when reply.a >= 0 -> part handle ~offset:reply.a ~write
        | Ok { handles; _ } ->
            close_all handles;
            io)
    | Close -> Ok (tell served.session ~file:number Close)
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

let implementation served : Service.implementation =
  let done_ result = Result.map (fun value -> Request.Done value) result in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    match request with
    | Open { names; flags } -> (
        let* answered = ask_with served (Open { path = path_of names; flags = open_flags flags }) [] in
        match answered with
        | { reply; handles = [] } when reply.a >= 1 -> Ok (Request.Done (file_of served reply.a ~seekable:(reply.b land 1 <> 0)))
        | { handles = [ handle ]; _ } -> Ok (Request.Given handle)
        | { handles; _ } ->
            close_all handles;
            io)
    | Stat_path { names; _ } ->
        let* reply = ask served (Stat_path (path_of names)) in
        done_ (stat_of reply)
    | Make_directory names -> done_ (nothing (ask served (Make_directory (path_of names))))
    | Unlink { names; directory } -> done_ (nothing (ask served (Unlink { path = path_of names; directory })))
    | Rename { from; into; replace } -> done_ (nothing (ask served (Rename { from = path_of from; into = path_of into; replace })))
    | Link { from; into } -> done_ (nothing (ask served (Link { from = path_of from; into = path_of into })))
    | Symbolic_link { target; into } -> done_ (nothing (ask served (Symbolic_link { target; into = path_of into })))
    | Read_link names ->
        let* reply = ask served (Read_link (path_of names)) in
        Ok (Request.Done reply.text)
  in
  { ask }

(* The functions run in the fibers of the clients: who serves has no turn of his own in a request. *)
let create () =
  let served = Atomic.make None in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    match Atomic.get served with Some served -> (implementation served).ask request | None -> Error Error.Server_gone
  in
  { served; service = Service.direct { ask }; state = Mutex.create (); session = None; waiting = [] }

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

(* Until its socket is closed. *)
let rec await_end t s =
  let trigger = Trigger.create () in
  let over =
    Mutex.protect t.state (fun () ->
        if not s.closed then t.waiting <- trigger :: t.waiting;
        s.closed)
  in
  if not over then
    match Trigger.await trigger with
    | None -> await_end t s
    | Some (exn, backtrace) ->
        Mutex.protect t.state (fun () -> t.waiting <- List.filter (( != ) trigger) t.waiting);
        Printexc.raise_with_backtrace exn backtrace

(* What was asked and is not answered fails; the server is told. *)
let end_requests s =
  Mutex.protect s.mutex (fun () -> List.of_seq (Table.to_seq s.pending))
  |> List.iter (fun (tag, { waiter; _ }) ->
         if Computation.try_return waiter (Error Error.Server_gone) then give_up s tag)

let rec run t =
  let s = next_session t in
  let alive = Atomic.make true in
  Fun.protect
    ~finally:(fun () ->
      Atomic.set alive false;
      Atomic.set t.served None;
      end_requests s)
    (fun () ->
      Atomic.set t.served (Some { session = s; alive });
      await_end t s);
  run t
