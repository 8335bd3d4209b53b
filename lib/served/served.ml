(* SPDX-License-Identifier: ISC *)

module Packet = Scheme_packet

let enoent = 2
let eio = 5
let eintr = 4
let eagain = 11
let eacces = 13
let eisdir = 21
let enotdir = 20
let einval = 22
let eopnotsupp = 95
let ebadf = 9

type file = {
  seekable : bool;
  stat : unit -> Packet.stat;
  read : Packet.place -> int -> (string, int) result;
  write : Packet.place -> string -> (int, int) result;
  ready : unit -> bool * bool;
  list : from:int -> most:int -> (Packet.entry list, int) result;
  call : string -> Unix.file_descr list -> (string * Unix.file_descr list, int) result;
  lend : offset:int -> length:int -> write:bool -> (Unix.file_descr * int, int) result;
  given : Unix.file_descr option;
  close : unit -> unit;
}

let refuse_call _ received =
  List.iter Unix.close received;
  Error eopnotsupp

let none =
  {
    seekable = false;
    stat = (fun () -> { kind = Stream_file; size = 0; id = 1; lends = false });
    read = (fun _ _ -> Error einval);
    write = (fun _ _ -> Error einval);
    ready = (fun () -> (true, true));
    list = (fun ~from:_ ~most:_ -> Error enotdir);
    call = refuse_call;
    lend = (fun ~offset:_ ~length:_ ~write:_ -> Error eopnotsupp);
    given = None;
    close = ignore;
  }

let text content =
  let size = String.length content in
  let read (at : Packet.place) most =
    match at with
    | At n when n < size -> Ok (String.sub content n (min most (size - n)))
    | At _ -> Ok ""
    | Stream | End -> Error einval
  in
  { none with seekable = true; stat = (fun () -> { kind = File; size; id = 1; lends = false }); read; write = (fun _ _ -> Error eacces) }

let command perform =
  { none with write = (fun _ data -> Result.map (fun () -> String.length data) (perform data)) }

let directory names =
  let entries = List.mapi (fun i name : Packet.entry -> { name; kind = File; id = i + 2; place = i + 1 }) names in
  let list ~from ~most = Ok (List.filteri (fun i _ -> i < most) (List.filter (fun (e : Packet.entry) -> e.place > from) entries)) in
  {
    none with
    seekable = true;
    stat = (fun () -> { kind = Directory; size = List.length names; id = 1; lends = false });
    read = (fun _ _ -> Error eisdir);
    write = (fun _ _ -> Error eisdir);
    list;
  }

let kind_of : Unix.file_kind -> Packet.kind = function S_REG -> File | S_DIR -> Directory | S_LNK -> Symbolic | _ -> Stream_file

let given descriptor =
  let stat () : Packet.stat =
    let stat = Unix.LargeFile.fstat descriptor in
    { kind = kind_of stat.st_kind; size = Int64.to_int stat.st_size; id = stat.st_ino; lends = false }
  in
  { none with stat; given = Some descriptor; close = (fun () -> Unix.close descriptor) }

type server = {
  socket : Unix.file_descr;
  files : (int, file) Hashtbl.t;
  mutable next : int;
  mutable waiting : Packet.request list;  (** the first last *)
}

let ( let* ) = Result.bind

(* An answer, the descriptors that go with it, and what is to be done when it is sent. *)
type answer = { reply : Packet.reply; descriptors : Unix.file_descr list; after : unit -> unit }

let plain reply = { reply; descriptors = []; after = ignore }

let perform t open_ ({ file; body; _ } : Packet.request) received : (answer, int) result =
  let reading : Packet.open_flags =
    { read = true; write = false; append = false; create = false; exclusive = false; truncate = false; directory = false }
  in
  let with_file f = match Hashtbl.find_opt t.files file with Some file -> f file | None -> Error ebadf in
  match body with
  | Open { path; flags } ->
      let* file = open_ ~path flags in
      (match file.given with
      | Some descriptor -> Ok { reply = Packet.reply (); descriptors = [ descriptor ]; after = file.close }
      | None ->
          let number = t.next in
          t.next <- number + 1;
          Hashtbl.replace t.files number file;
          Ok (plain (Packet.opened ~seekable:file.seekable number)))
  | Stat_path path ->
      let* file = open_ ~path reading in
      let stat = file.stat () in
      file.close ();
      Ok (plain (Packet.stat_reply stat))
  | Read { at; most } ->
      with_file (fun file ->
          let* text = file.read at most in
          Ok (plain (Packet.reply ~text ())))
  | Write { at; data } ->
      with_file (fun file ->
          let* n = file.write at data in
          Ok (plain (Packet.reply ~a:n ())))
  | Stat -> with_file (fun file -> Ok (plain (Packet.stat_reply (file.stat ()))))
  | List { from; most } ->
      with_file (fun file ->
          let* entries = file.list ~from ~most in
          Ok (plain (Packet.list_reply entries)))
  | Call _ when not (Hashtbl.mem t.files file) ->
      List.iter Unix.close received;
      Error ebadf
  | Call text ->
      with_file (fun file ->
          let* text, descriptors = file.call text received in
          Ok { reply = Packet.reply ~text (); descriptors; after = (fun () -> List.iter Unix.close descriptors) })
  | Map { offset; length; write } ->
      with_file (fun file ->
          let* descriptor, from = file.lend ~offset ~length ~write in
          Ok { reply = Packet.reply ~a:from (); descriptors = [ descriptor ]; after = ignore })
  | Event { readable; writable; wait } ->
      with_file (fun file ->
          let can_read, can_write = file.ready () in
          if wait && not ((readable && can_read) || (writable && can_write)) then Error eagain
          else Ok (plain (Packet.reply ~a:(Bool.to_int can_read lor (2 * Bool.to_int can_write)) ())))
  | Sync -> with_file (fun _ -> Ok (plain (Packet.reply ())))
  (* An opening that truncates is no error, though there is nothing to cut. *)
  | Truncate _ -> with_file (fun _ -> Ok (plain (Packet.reply ())))
  | Close | Cancel -> Ok (plain (Packet.reply ()))
  | Make_directory _ | Unlink _ | Rename _ | Link _ | Symbolic_link _ | Read_link _ | Set_times _ -> Error eopnotsupp

let close t number =
  match Hashtbl.find_opt t.files number with
  | None -> ()
  | Some file ->
      Hashtbl.remove t.files number;
      file.close ()

let send t tag result descriptors =
  match Scheme_call.call t.socket ~descriptors (Packet.encode_answer { tag; result }) with
  | _ -> ()
  (* Nobody wants it any more, or a descriptor cannot be given: then it is an error. *)
  | exception Unix.Unix_error ((EOPNOTSUPP | EBADF | EMFILE), _, _) when descriptors <> [] ->
      ignore (Scheme_call.call t.socket (Packet.encode_answer { tag; result = Error eio }))
  | exception Unix.Unix_error (EINVAL, _, _) -> ()

let may_wait : Packet.body -> bool = function Read _ | Write _ | Event { wait = true; _ } -> true | _ -> false

let attempt t open_ (request : Packet.request) received =
  match match perform t open_ request received with result -> result | exception _ -> Error eio with
  | Error error when error = eagain && may_wait request.body -> t.waiting <- request :: t.waiting
  | result ->
      let descriptors = match result with Ok { descriptors; _ } -> descriptors | Error _ -> [] in
      send t request.tag (Result.map (fun { reply; _ } -> reply) result) descriptors;
      Result.iter (fun { after; _ } -> after ()) result

(* Those that have waited before it come first; one that is canceled is owed an answer, too. *)
let answer t open_ (request : Packet.request) received =
  (match request.body with
  | Close -> close t request.file
  | Cancel ->
      let canceled, others = List.partition (fun (other : Packet.request) -> other.tag = request.tag) t.waiting in
      t.waiting <- others;
      List.iter (fun (_ : Packet.request) -> send t request.tag (Error eintr) []) canceled
  | _ -> attempt t open_ request received);
  let waiting = List.rev t.waiting in
  t.waiting <- [];
  List.iter (fun request -> attempt t open_ request []) waiting

let run name open_ =
  let socket = Unix.openfile ("/scheme/" ^ name) [ O_RDWR; O_CREAT ] 0 in
  let t = { socket; files = Hashtbl.create 16; next = 1; waiting = [] } in
  let rec go () =
    match Scheme_call.call socket "" with
    | packet, received ->
        Option.iter (fun request -> answer t open_ request received) (Packet.decode_request packet);
        go ()
    | exception Unix.Unix_error (EINTR, _, _) -> go ()
  in
  Fun.protect ~finally:(fun () -> Unix.close socket) go
