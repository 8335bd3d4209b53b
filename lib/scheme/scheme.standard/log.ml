(* SPDX-License-Identifier: ISC *)

open Scheme
module Mutex = Stdlib.Mutex

type t = {
  changes : Changes.t;  (** holds all below *)
  lines : string Queue.t;
  mutable first : int;  (** the number of the first of them *)
  mutable bytes : int;
  most : int;
  start_ns : int;
}

let create ?(most = 1 lsl 18) () =
  {
    changes = Changes.create ();
    lines = Queue.create ();
    first = 0;
    bytes = 0;
    most;
    start_ns = Picox_timers.now_ns ();
  }

let add t text =
  let since = Picox_timers.now_ns () - t.start_ns in
  let line = Printf.sprintf "[%5d.%06d] %s\n" (since / 1_000_000_000) (since / 1000 mod 1_000_000) text in
  Changes.change t.changes @@ fun () ->
  Queue.push line t.lines;
  t.bytes <- t.bytes + String.length line;
  while t.bytes > t.most && Queue.length t.lines > 1 do
    t.bytes <- t.bytes - String.length (Queue.pop t.lines);
    t.first <- t.first + 1
  done

let nth t number =
  if number < t.first + Queue.length t.lines then
    Some (List.nth (List.of_seq (Seq.take 1 (Seq.drop (number - t.first) (Queue.to_seq t.lines)))) 0)
  else None

(* Where a reader stands: a line, and a place in it. *)
type cursor = { mutable line : int; mutable offset : int }

let rec take t cursor into =
  if cursor.line < t.first then begin
    cursor.line <- t.first;
    cursor.offset <- 0
  end;
  match nth t cursor.line with
  | None -> 0
  | Some line when cursor.offset >= String.length line ->
      cursor.line <- cursor.line + 1;
      cursor.offset <- 0;
      take t cursor into
  | Some line ->
      let n = Loan.fill_string into line cursor.offset in
      cursor.offset <- cursor.offset + n;
      n

let is_more t cursor =
  match nth t cursor.line with
  | Some line -> cursor.offset < String.length line || nth t (cursor.line + 1) <> None
  | None -> cursor.line < t.first

let longest_line = 4096

let writer t =
  let mutex = Mutex.create () and partial = Buffer.create 80 in
  let flush () =
    if Buffer.length partial > 0 then begin
      add t (Buffer.contents partial);
      Buffer.clear partial
    end
  in
  let write from =
    let text = Loan.use from Slice.to_string in
    Mutex.protect mutex (fun () ->
        String.iter
          (fun c ->
            if c = '\n' then flush ()
            else begin
              Buffer.add_char partial c;
              if Buffer.length partial >= longest_line then flush ()
            end)
          text);
    Ok (String.length text)
  in
  (write, fun () -> Mutex.protect mutex flush)

let file t ~follow =
  let cursor = { line = 0; offset = 0 } in
  let write, close = writer t in
  let read into =
    if Loan.length into = 0 then Ok 0
    else if follow then
      Ok (Changes.wait_for t.changes (fun () -> match take t cursor into with 0 -> None | n -> Some n))
    else Ok (Changes.look t.changes (fun () -> take t cursor into))
  in
  let event (interest : Request.interest) : (Request.ready, Error.t) result =
    let ready () =
      let can_read = (not follow) || is_more t cursor in
      if interest.writable || can_read then Some { Request.can_read; can_write = true; ended = false } else None
    in
    Ok (Changes.event t.changes interest ready)
  in
  Tree.stream ~read ~write ~event ~close ()

let service t =
  let root = Tree.File (fun _ -> Ok (file t ~follow:false)) in
  let follow = Tree.File (fun _ -> Ok (file t ~follow:true)) in
  (* The root is a file, and yet there is one in it. *)
  let root = Tree.service root and below = Tree.service (Directory [ ("follow", follow) ]) in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    Service.ask (if Request.path request = [] then root else below) request
  in
  Service.direct { ask }
