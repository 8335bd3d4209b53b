(* SPDX-License-Identifier: ISC *)

module Packet = Scheme_packet

let enoent = 2
let eio = 5
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
  list : from:int -> most:int -> (Packet.entry list, int) result;
  call : string -> (string, int) result;
  close : unit -> unit;
}

let none =
  {
    seekable = false;
    stat = (fun () -> { kind = Stream_file; size = 0; id = 1 });
    read = (fun _ _ -> Error einval);
    write = (fun _ _ -> Error einval);
    list = (fun ~from:_ ~most:_ -> Error enotdir);
    call = (fun _ -> Error eopnotsupp);
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
  { none with seekable = true; stat = (fun () -> { kind = File; size; id = 1 }); read; write = (fun _ _ -> Error eacces) }

let command perform =
  { none with write = (fun _ data -> Result.map (fun () -> String.length data) (perform data)) }

let directory names =
  let entries = List.mapi (fun i name : Packet.entry -> { name; kind = File; id = i + 2; place = i + 1 }) names in
  let list ~from ~most = Ok (List.filteri (fun i _ -> i < most) (List.filter (fun (e : Packet.entry) -> e.place > from) entries)) in
  {
    none with
    seekable = true;
    stat = (fun () -> { kind = Directory; size = List.length names; id = 1 });
    read = (fun _ _ -> Error eisdir);
    write = (fun _ _ -> Error eisdir);
    list;
  }

type server = { socket : Unix.file_descr; files : (int, file) Hashtbl.t; mutable next : int }

let ( let* ) = Result.bind

let perform t open_ ({ file; body; _ } : Packet.request) : (Packet.reply, int) result =
  let opened path flags =
    let* file = open_ ~path flags in
    Ok file
  in
  let reading : Packet.open_flags =
    { read = true; write = false; append = false; create = false; exclusive = false; truncate = false; directory = false }
  in
  let with_file f = match Hashtbl.find_opt t.files file with Some file -> f file | None -> Error ebadf in
  match body with
  | Open { path; flags } ->
      let* file = opened path flags in
      let number = t.next in
      t.next <- number + 1;
      Hashtbl.replace t.files number file;
      Ok (Packet.opened ~seekable:file.seekable number)
  | Stat_path path ->
      let* file = opened path reading in
      let stat = file.stat () in
      file.close ();
      Ok (Packet.stat_reply stat)
  | Read { at; most } ->
      with_file (fun file ->
          let* text = file.read at most in
          Ok (Packet.reply ~text ()))
  | Write { at; data } ->
      with_file (fun file ->
          let* n = file.write at data in
          Ok (Packet.reply ~a:n ()))
  | Stat -> with_file (fun file -> Ok (Packet.stat_reply (file.stat ())))
  | List { from; most } ->
      with_file (fun file ->
          let* entries = file.list ~from ~most in
          Ok (Packet.list_reply entries))
  | Call text ->
      with_file (fun file ->
          let* text = file.call text in
          Ok (Packet.reply ~text ()))
  | Event _ -> with_file (fun _ -> Ok (Packet.reply ~a:3 ()))
  | Sync -> with_file (fun _ -> Ok (Packet.reply ()))
  (* An opening that truncates is no error, though there is nothing to cut. *)
  | Truncate _ -> with_file (fun _ -> Ok (Packet.reply ()))
  | Close | Cancel -> Ok (Packet.reply ())
  | Make_directory _ | Unlink _ | Rename _ | Link _ | Symbolic_link _ | Read_link _ | Set_times _ -> Error eopnotsupp

let close t number =
  match Hashtbl.find_opt t.files number with
  | None -> ()
  | Some file ->
      Hashtbl.remove t.files number;
      file.close ()

let answer t open_ (request : Packet.request) =
  match request.body with
  | Close -> close t request.file
  | Cancel -> ()
  | _ ->
      let result = match perform t open_ request with result -> result | exception _ -> Error eio in
      let packet = Packet.encode_answer { tag = request.tag; result } in
      ignore (Unix.write_substring t.socket packet 0 (String.length packet))

let run name open_ =
  let socket = Unix.openfile ("/scheme/" ^ name) [ O_RDWR; O_CREAT ] 0 in
  let t = { socket; files = Hashtbl.create 16; next = 1 } in
  let buffer = Bytes.create Packet.most_bytes in
  let rec go () =
    match Unix.read socket buffer 0 Packet.most_bytes with
    | 0 -> ()
    | n ->
        Option.iter (answer t open_) (Packet.decode_request (Bytes.sub_string buffer 0 n));
        go ()
    | exception Unix.Unix_error (EINTR, _, _) -> go ()
  in
  Fun.protect ~finally:(fun () -> Unix.close socket) go
