(* SPDX-License-Identifier: ISC *)

open Scheme

type t = { lock : Mutex.t; mutable later : int (* threads that write *); changed : Wait.queue; log : string -> unit }
type part = Shared.t * int * int

let create ~log = { lock = Mutex.create (); later = 0; changed = Wait.queue (); log }

(* A process that is killed is to be gone within a second. *)
let patience_ns = 500_000_000

(* A server that takes longer for a page does not answer any more, *)
let page_ns = 5_000_000_000

(* and one that needs longer for all, nobody waits for. *)
let whole_ns = 50_000_000_000
let release parts = List.iter (fun (memory, _, _) -> Shared.release memory) parts

(* Runs the function as a fiber of this thread. *)
let as_fiber f =
  let sleeper = Wait.sleeper ~stop:(fun () -> false) () in
  let answer = ref None in
  Wait.run sleeper (fun () -> answer := Some (f sleeper));
  Option.get !answer

let write ?asking (memory, offset, size) = ignore (Shared.write_back ?asking memory ~offset ~size)

(* False: the time is over. A server's error is no reason to ask it again. *)
let within_moment parts =
  let written sleeper =
    match
      Wait.interruptibly sleeper ~deadline:(Vcpu.now () + patience_ns) (fun () -> Ok (List.iter (fun part -> write part) parts))
    with
    | Ok () -> true
    | Error _ -> false
  in
  (* A carrier does so. *)
  Picox_carriers.aside (Picox_carriers.here ()) (fun () -> as_fiber written)

exception Late

let slowly parts =
  as_fiber (fun sleeper ->
      let stop = Vcpu.now () + whole_ns in
      let asking f =
        let deadline = min stop (Vcpu.now () + page_ns) in
        match Wait.interruptibly sleeper ~deadline f with
        | Ok () -> Ok ()
        | Error error when error = Errno.eintr -> raise Late
        | Error _ -> Error Error.Io
      in
      match List.iter (fun part -> write ~asking part) parts with () -> true | exception Late -> false)

let leave t =
  Mutex.protect t.lock (fun () -> t.later <- t.later - 1);
  Wait.wake t.changed

let lost t = t.log "a server does not answer: what a process had in common with a file is not written"

let write_later t parts =
  Fun.protect
    ~finally:(fun () ->
      release parts;
      leave t)
    (fun () -> match slowly parts with true -> () | false | (exception _) -> lost t)

let finish t parts =
  if parts <> [] then
    match within_moment parts with
    | true -> release parts
    | false | (exception _) -> (
        Mutex.protect t.lock (fun () -> t.later <- t.later + 1);
        match Thread.create (fun () -> write_later t parts) () with
        | _ -> ()
        | exception (Out_of_memory | Sys_error _ | Failure _) ->
            release parts;
            leave t;
            lost t)

let await t = Wait.plainly t.changed (fun () -> Mutex.protect t.lock (fun () -> t.later = 0))
