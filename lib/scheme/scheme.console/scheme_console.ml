(* SPDX-License-Identifier: ISC *)

open Scheme
open Picos
module Discipline = Discipline
module Mutex = Stdlib.Mutex
module Changes = Scheme_standard.Changes

type t = {
  changes : Changes.t;  (** holds all that changes *)
  input : Unix.file_descr;
  output : Unix.file_descr;
  output_mutex : Mutex.t;
  keys : bool;
  before : Unix.terminal_io option;  (** what {!restore} puts back *)
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

let create ?keys ?(input = Unix.stdin) ?(output = Unix.stdout) () =
  let before = if keys = Some false then None else ask_for_keys input in
  let keys = Option.value keys ~default:(before <> None) in
  {
    changes = Changes.create ();
    input;
    output;
    output_mutex = Mutex.create ();
    keys;
    before;
    discipline = Discipline.create Lines;
    interrupts = 0;
    raw = Buffer.create 256;
    ended = false;
  }

let restore t = Option.iter (fun before -> try Unix.tcsetattr t.input TCSADRAIN before with Unix.Unix_error _ -> ()) t.before

let show t text =
  Mutex.protect t.output_mutex @@ fun () ->
  let rec go at =
    if at < String.length text then
      match Unix.single_write_substring t.output text at (String.length text - at) with
      | n -> go (at + n)
      | exception Unix.Unix_error ((EINTR | EAGAIN), _, _) -> go at
      | exception Unix.Unix_error _ -> ()
  in
  go 0

(* Input *)

let take_key t c =
  let echo =
    Changes.change t.changes (fun () ->
        let echo, is_interrupt = Discipline.key t.discipline c in
        if is_interrupt then t.interrupts <- t.interrupts + 1;
        echo)
  in
  if echo <> "" then show t echo

let take_bytes t bytes n =
  if t.keys then
    for i = 0 to n - 1 do
      take_key t (Bytes.get bytes i)
    done
  else begin
    (* Room first: whoever types into a pipe can wait. *)
    Changes.wait_for t.changes (fun () -> if Buffer.length t.raw < most_raw then Some () else None);
    Changes.change t.changes (fun () -> Buffer.add_subbytes t.raw bytes 0 n)
  end

let finish t =
  Changes.change t.changes (fun () ->
      t.ended <- true;
      Discipline.close t.discipline)

let run t =
  let bytes = Bytes.create 4096 in
  let rec go () =
    let ready = Computation.create () in
    Picox_timers.return_on t.input `R ready ();
    match
      Fun.protect ~finally:(fun () -> Computation.finish ready) (fun () -> Computation.await ready);
      Unix.read t.input bytes 0 (Bytes.length bytes)
    with
    | 0 -> finish t
    | n ->
        take_bytes t bytes n;
        go ()
    | exception Unix.Unix_error ((EINTR | EAGAIN), _, _) -> go ()
    | exception Unix.Unix_error _ -> finish t
  in
  go ()

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
    (Changes.wait_for t.changes (fun () ->
         if interest.writable || can_read () then Some { Request.can_read = can_read (); can_write = true; ended = t.ended }
         else None))

let call t (message : Handle.message) : (Handle.message, Error.t) result =
  List.iter Handle.close message.handles;
  let set mode = if t.keys then Changes.change t.changes (fun () -> Discipline.set_mode t.discipline mode) in
  match message.text with
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
  let event _ : (Request.ready, Error.t) result =
    Changes.wait_for t.changes (fun () -> if t.interrupts > !seen then Some () else None);
    Ok { can_read = true; can_write = false; ended = false }
  in
  Scheme_standard.Tree.stream ~read ~event ()

let service t =
  let module Tree = Scheme_standard.Tree in
  let root = Tree.service (File (fun _ -> Ok (console t))) in
  let below = Tree.service (Directory [ ("interrupts", File (fun _ -> Ok (interrupts t))) ]) in
  let ask (type a) (request : (Handle.t, a) Request.by_path) : (a Request.answer, Error.t) result =
    Service.ask (if Request.path request = [] then root else below) request
  in
  Service.direct { ask }
