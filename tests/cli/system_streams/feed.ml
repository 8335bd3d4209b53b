(* SPDX-License-Identifier: ISC *)

(* Serves a stream, which is a queue of bytes with little room; with an argument it is that stream's client, and says what those are told who
   do not want to wait. *)

let room = 8
let queue = Buffer.create room

let read _ most =
  let count = min most (Buffer.length queue) in
  if count = 0 then Error Served.eagain
  else begin
    let text = Buffer.sub queue 0 count and rest = Buffer.sub queue count (Buffer.length queue - count) in
    Buffer.clear queue;
    Buffer.add_string queue rest;
    Ok text
  end

let write _ data =
  let count = min (String.length data) (room - Buffer.length queue) in
  if count = 0 then Error Served.eagain
  else begin
    Buffer.add_string queue (String.sub data 0 count);
    Ok count
  end

let stream = { Served.none with read; write; ready = (fun () -> (Buffer.length queue > 0, Buffer.length queue < room)) }

(* Does not answer for so long. *)
let slow seconds =
  let ready () =
    Unix.sleepf seconds;
    stream.ready ()
  in
  { stream with ready }

let open_ ~path _ =
  match path with
  | "state" -> Ok (Served.text "well\n")
  | "bytes" -> Ok stream
  | "slow" -> Ok (slow 0.2)
  | "hung" -> Ok (slow 1e6)
  | _ -> Error Served.enoent

(* The client. *)

let say format = Printf.printf ("feed: " ^^ format ^^ "\n%!")
let open_stream ?(flags = [ Unix.O_NONBLOCK ]) name = Unix.openfile ("/scheme/feed/" ^ name) (Unix.O_RDWR :: flags) 0

let get file =
  let buffer = Bytes.create 100 in
  match Unix.read file buffer 0 100 with
  | n -> Bytes.sub_string buffer 0 n
  | exception Unix.Unix_error (error, _, _) -> Unix.error_message error

let put file text =
  match Unix.write_substring file text 0 (String.length text) with
  | n -> string_of_int n
  | exception Unix.Unix_error (error, _, _) -> Unix.error_message error

let ready ?(time = 0.0) file =
  match Unix.select [ file ] [ file ] [] time with
  | reads, writes, _ -> (if reads = [] then "" else "r") ^ if writes = [] then "" else "w"
  | exception Unix.Unix_error (error, _, _) -> Unix.error_message error

let while_child f body =
  match Unix.fork () with
  | 0 ->
      f ();
      exit 0
  | child ->
      let result = body () in
      ignore (Unix.waitpid [] child);
      result

let client () =
  (* Whatever time the server takes to say so. *)
  let file = open_stream "slow" in
  let empty = get file in
  say "empty: %s, ready %s" empty (ready file);
  say "written: %s" (put file "hello");
  let some = ready file in
  say "some: ready %s, %s" some (get file);
  let filled = put file "1234567890" in
  let more = put file "1" in
  say "full: %s, %s, ready %s" filled more (ready file);
  say "read: %s" (get file);
  (* Who wants to wait does. *)
  let waits = open_stream ~flags:[] "bytes" and writer = open_stream ~flags:[] "bytes" in
  let later () =
    Unix.sleepf 0.1;
    ignore (put writer "late")
  in
  say "waits: %s" (while_child later (fun () -> get waits));
  say "waits for one: %s"
    (while_child later (fun () ->
         match Unix.select [ waits ] [] [] (-1.0) with
         | [ _ ], _, _ -> get waits
         | _ -> "nothing"));
  let reads, _, _ = Unix.select [ waits ] [] [] 0.05 in
  say "in a while: %d" (List.length reads);
  (* A server that does not answer, and one that has ended. *)
  let hung = open_stream "hung" in
  Sys.set_signal Sys.sigalrm (Signal_handle ignore);
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.2; it_interval = 0.2 });
  say "a signal: %s" (ready hung);
  ignore (Unix.setitimer ITIMER_REAL { it_value = 0.0; it_interval = 0.0 });
  let later () =
    Unix.sleepf 0.1;
    let control = Unix.openfile "/scheme/servers/feed/control" [ O_WRONLY ] 0 in
    ignore (put control "kill")
  in
  say "the end: %s" (while_child later (fun () -> get hung))

let () = if Array.length Sys.argv > 1 then client () else Served.run "feed" open_
