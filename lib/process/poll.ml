(* SPDX-License-Identifier: ISC *)

open Scheme

type entry = { file : Open_file.t; events : int; due : unit -> bool; mutable found : int; mutable told : int }

let always = Open_file.poll_error lor Open_file.poll_hang_up
let readable = Open_file.poll_in lor 0x40
let writable = Open_file.poll_out lor 0x100
let always_due () = true
let entry ?(due = always_due) file events = { file; events = events lor always; due; found = 0; told = 0 }

(* Each of the plain bits stands for another one, too. *)
let both bits =
  (if bits land Open_file.poll_in <> 0 then readable else 0)
  lor (if bits land Open_file.poll_out <> 0 then writable else 0)
  lor (bits land always)

let is_stream (file : Open_file.t) =
  match file.content with Of_scheme of_scheme -> Open_file.is_stream of_scheme | Own _ -> false

let ready entry =
  let bits =
    match entry.file.content with
    | Own operations -> operations.ready ()
    | Of_scheme file when Open_file.is_stream file -> entry.told
    | Of_scheme _ -> Open_file.poll_in lor Open_file.poll_out
  in
  both bits land entry.events

let queues_of (file : Open_file.t) =
  match file.content with Own operations -> operations.changed () | Of_scheme _ -> []

(* A scheme is asked about its stream by a fiber of its own, for as long as the wait lasts. *)

exception Over

let told (ready : Request.ready) =
  (if ready.can_read then Open_file.poll_in else 0)
  lor (if ready.can_write then Open_file.poll_out else 0)
  lor if ready.ended then Open_file.poll_hang_up else 0

let interest_of entry ~wait : Request.interest =
  {
    readable = entry.file.can_read && entry.events land readable <> 0;
    writable = entry.file.can_write && entry.events land writable <> 0;
    wait;
  }

let tell entry (interest : Request.interest) ready =
  let mask = (if interest.readable then -1 else lnot Open_file.poll_in) land if interest.writable then -1 else lnot Open_file.poll_out in
  entry.told <- told ready land mask

let ask computation queue entry (file : Open_file.of_scheme) =
  let interest = interest_of entry ~wait:true in
  let answer result =
    (match result with Ok ready -> tell entry interest ready | Error _ -> entry.told <- Open_file.poll_error);
    Wait.wake queue
  in
  Picos.Fiber.spawn
    (Picos.Fiber.create ~forbid:false computation)
    (fun _ -> match Handle.event file.handle interest with result -> answer result | exception Over -> ())

let with_asked entries f =
  if not (List.exists (fun entry -> is_stream entry.file) entries) then f []
  else
    let computation = Picos.Computation.create () and queue = Wait.queue () in
    let ask_stream entry =
      match entry.file.content with
      | Of_scheme file when Open_file.is_stream file -> ask computation queue entry file
      | _ -> ()
    in
    Fun.protect
      ~finally:(fun () -> Picos.Computation.cancel computation Over (Printexc.get_callstack 0))
      (fun () ->
        List.iter ask_stream entries;
        f [ queue ])

(* Who does not want to wait for what happens waits for these answers. *)
let ask_now sleeper entry =
  match entry.file.content with
  | Of_scheme file when Open_file.is_stream file -> (
      let interest = interest_of entry ~wait:false in
      match Wait.interruptibly sleeper (fun () -> Handle.event file.handle interest) with
      | Ok ready -> tell entry interest ready
      | Error error -> if error <> Errno.eintr then entry.told <- Open_file.poll_error)
  | _ -> ()

let wait sleeper ?(also = []) ?(until = fun () -> false) ~deadline entries =
  let look () =
    List.fold_left
      (fun any entry ->
        entry.found <- ready entry;
        any || (entry.found <> 0 && entry.due ()))
      (until ()) entries
  in
  let at_once = deadline <= Vcpu.now () in
  if at_once then List.iter (ask_now sleeper) entries;
  with_asked (if at_once then [] else entries) (fun asked ->
      let queues = List.concat_map (fun entry -> queues_of entry.file) entries in
      Wait.until sleeper ~deadline (also @ asked @ queues) look)
