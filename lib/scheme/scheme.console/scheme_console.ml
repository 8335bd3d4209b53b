(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos
module Discipline = Discipline
module Mutex = Stdlib.Mutex
module Changes = Scheme_standard.Changes

type line = { input : unit -> string option; output : string -> unit }

type t = {
  changes : Changes.t;  (** holds all that changes *)
  line : line;
  keys : bool;
  restore : unit -> unit;
  discipline : Discipline.t;
  mutable interrupts : int;
  raw : Buffer.t;  (** what has come, where it is no terminal *)
  mutable ended : bool;
}

let most_raw = 65536

(* The keys come one by one, and we echo them; newlines of the output stay the terminal's matter. *)
let ask_for_keys input =
  match Unix.tcgetattr input with
  | before -> (
      let keys =
        { before with c_icanon = false; c_echo = false; c_isig = false; c_icrnl = false; c_ixon = false; c_vmin = 1; c_vtime = 0 }
      in
      match Unix.tcsetattr input TCSANOW keys with () -> Some before | exception Unix.Unix_error _ -> None)
  | exception Unix.Unix_error _ -> None

let make ~keys ~restore line =
  {
    changes = Changes.create ();
    line;
    keys;
    restore;
    discipline = Discipline.create Lines;
    interrupts = 0;
    raw = Buffer.create 256;
    ended = false;
  }

(* Of descriptors *)

let rec write_all output text at =
  if at < String.length text then
    match Unix.single_write_substring output text at (String.length text - at) with
    | n -> write_all output text (at + n)
    | exception Unix.Unix_error ((EINTR | EAGAIN), _, _) -> write_all output text at
    | exception Unix.Unix_error _ -> ()

let rec read_some input bytes =
  let ready = Computation.create () in
  Picox_timers.return_on input `R ready ();
  match
    Fun.protect ~finally:(fun () -> Computation.finish ready) (fun () -> Computation.await ready);
    Unix.read input bytes 0 (Bytes.length bytes)
  with
  | 0 -> None
  | n -> Some (Bytes.sub_string bytes 0 n)
  | exception Unix.Unix_error ((EINTR | EAGAIN), _, _) -> read_some input bytes
  | exception Unix.Unix_error _ -> None

let create ?keys ?(input = Unix.stdin) ?(output = Unix.stdout) () =
  let before = if keys = Some false then None else ask_for_keys input in
  let mutex = Mutex.create () and bytes = Bytes.create 4096 in
  let restore () =
    Option.iter (fun before -> try Unix.tcsetattr input TCSADRAIN before with Unix.Unix_error _ -> ()) before
  in
  make
    ~keys:(Option.value keys ~default:(before <> None))
    ~restore
    { input = (fun () -> read_some input bytes); output = (fun text -> Mutex.protect mutex (fun () -> write_all output text 0)) }

(* A terminal by itself wants to be told to go back to the first column. *)
let with_returns text = String.concat "\r\n" (String.split_on_char '\n' text)

let of_terminal ~input ~output = make ~keys:true ~restore:ignore { input; output = (fun text -> output (with_returns text)) }
let restore t = t.restore ()
let show t text = t.line.output text

(* Input *)

let take_key t c =
  let echo =
    Changes.change t.changes (fun () ->
        let echo, is_interrupt = Discipline.key t.discipline c in
        if is_interrupt then t.interrupts <- t.interrupts + 1;
        echo)
  in
  if echo <> "" then show t echo

let take_text t text =
  if t.keys then String.iter (take_key t) text
  else begin
    (* Room first: whoever types into a pipe can wait. *)
    Changes.wait_for t.changes (fun () -> if Buffer.length t.raw < most_raw then Some () else None);
    Changes.change t.changes (fun () -> Buffer.add_string t.raw text)
  end

let finish t =
  Changes.change t.changes (fun () ->
      t.ended <- true;
      Discipline.close t.discipline)

let rec run t =
  match t.line.input () with
  | None -> finish t
  | Some text ->
      take_text t text;
      run t

let available t most : Discipline.available =
  if t.keys then Discipline.take t.discipline most
  else if Buffer.length t.raw > 0 then begin
    let text = Buffer.contents t.raw in
    let n = min most (String.length text) in
    Buffer.clear t.raw;
    Buffer.add_substring t.raw text n (String.length text - n);
    Bytes (String.sub text 0 n)
  end
  else if t.ended then End
  else Nothing_yet

let read t into =
  if Loan.length into = 0 then Ok 0
  else
    let text =
      Changes.wait_for t.changes (fun () ->
          match available t (Loan.length into) with Bytes text -> Some text | End -> Some "" | Nothing_yet -> None)
    in
    Ok (Loan.fill_string into text 0)

let write t from =
  let text = Loan.use from Slice.to_string in
  show t text;
  Ok (String.length text)

let event t (interest : Request.interest) : (Request.ready, Error.t) result =
  let can_read () = if t.keys then Discipline.is_ready t.discipline else Buffer.length t.raw > 0 || t.ended in
  Ok
    (Changes.event t.changes interest (fun () ->
         if interest.writable || can_read () then Some { Request.can_read = can_read (); can_write = true; ended = t.ended }
         else None))

let call t (message : Handle.message) : (Handle.message, Error.t) result =
  List.iter Handle.close message.handles;
  let set mode = if t.keys then Changes.change t.changes (fun () -> Discipline.set_mode t.discipline mode) in
  match message.text with
  | "mode" when t.keys ->
      let mode : Discipline.mode = Changes.look t.changes (fun () -> Discipline.mode t.discipline) in
      Ok { text = (match mode with Keys -> "keys" | Lines -> "lines"); handles = [] }
  | "keys" ->
      set Keys;
      Ok { text = (if t.keys then "keys" else "lines"); handles = [] }
  | "lines" ->
      set Lines;
      Ok { text = "lines"; handles = [] }
  | _ -> Error Invalid

let console t = Scheme_standard.Tree.stream ~read:(read t) ~write:(write t) ~event:(event t) ~call:(call t) ()

let interrupts t =
  let seen = ref (Changes.look t.changes (fun () -> t.interrupts)) in
  let next () =
    Changes.wait_for t.changes (fun () ->
        if t.interrupts > !seen then begin
          seen := t.interrupts;
          Some ()
        end
        else None)
  in
  let read into =
    next ();
    Ok (Loan.fill_string into "interrupt\n" 0)
  in
  let event interest : (Request.ready, Error.t) result =
    let ready : Request.ready = { can_read = true; can_write = false; ended = false } in
    Ok (Changes.event t.changes interest (fun () -> if t.interrupts > !seen then Some ready else None))
  in
  Scheme_standard.Tree.stream ~read ~event ()

let service t =
  let module Tree = Scheme_standard.Tree in
  let root = Tree.service (File (fun _ -> Ok (console t))) in
  let below = Tree.service (Directory [ ("interrupts", File (fun _ -> Ok (interrupts t))) ]) in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : ((Handle.t, a) Request.answer, Error.t) result =
    Service.ask (if Request.path request = [] then root else below) request
  in
  Service.direct { ask }
