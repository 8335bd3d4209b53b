(* SPDX-License-Identifier: ISC *)

type mode = Keys | Lines

type t = {
  mutable mode : mode;
  line : Buffer.t;  (** being edited *)
  ready : string Queue.t;  (** lines, or parts of them; an empty one is an end *)
  mutable closed : bool;
}

let max_line = 4096
let max_ready = 1024
let create mode = { mode; line = Buffer.create 80; ready = Queue.create (); closed = false }
let bell = "\007"

let finish t =
  Queue.push (Buffer.contents t.line) t.ready;
  Buffer.clear t.line

(* Removes the last character, of UTF-8 bytes, and shows that. *)
let erase t =
  let rec start i = if i > 0 && Char.code (Buffer.nth t.line i) land 0xc0 = 0x80 then start (i - 1) else i in
  let n = Buffer.length t.line in
  if n = 0 then ""
  else begin
    Buffer.truncate t.line (start (n - 1));
    "\b \b"
  end

let add t c =
  if Queue.length t.ready >= max_ready || (Buffer.length t.line >= max_line - 1 && c <> '\n') then bell
  else begin
    Buffer.add_char t.line c;
    match c with
    | '\n' ->
        finish t;
        "\n"
    | '\t' -> "\t"
    | '\000' .. '\031' -> Printf.sprintf "^%c" (Char.chr (Char.code c + 64))
    | c -> String.make 1 c
  end

let edit t c =
  match c with
  | '\003' ->
      Buffer.clear t.line;
      Queue.clear t.ready;
      ("^C\n", true)
  | '\004' ->
      finish t;
      ("", false)
  | '\b' | '\127' -> (erase t, false)
  | '\021' ->
      let n = Buffer.length t.line in
      Buffer.clear t.line;
      ((if n > 0 then "^U\n" else ""), false)
  | '\r' -> (add t '\n', false)
  | c -> (add t c, false)

let key t c =
  match t.mode with
  | Lines -> edit t c
  | Keys when Queue.length t.ready >= max_line -> (bell, false)
  | Keys ->
      Queue.push (String.make 1 c) t.ready;
      ("", false)

let mode t = t.mode

let set_mode t mode =
  if Buffer.length t.line > 0 then finish t;
  t.mode <- mode

let close t =
  if Buffer.length t.line > 0 then finish t;
  t.closed <- true

type available = Bytes of string | End | Nothing_yet

(* What is left of a line stays at the head. *)
let push_back t text =
  let others = Queue.copy t.ready in
  Queue.clear t.ready;
  Queue.push text t.ready;
  Queue.transfer others t.ready

let take t most =
  match Queue.take_opt t.ready with
  | Some "" -> End
  | Some text when String.length text > most ->
      push_back t (String.sub text most (String.length text - most));
      Bytes (String.sub text 0 most)
  | Some text -> Bytes text
  | None -> if t.closed then End else Nothing_yet

let is_ready t = t.closed || not (Queue.is_empty t.ready)
