(* SPDX-License-Identifier: ISC *)

open Scheme
module Mutex = Picox_lock

let most = 16
let lock = Mutex.create ()
let kept = ref []

let take size =
  let found =
    Mutex.protect lock (fun () ->
        match !kept with
        | [] -> None
        | slice :: rest ->
            kept := rest;
            Some slice)
  in
  match found with
  | None -> Slice.create size
  | Some slice ->
      (* A server that tells of more than it has written is not to show what another process has read. *)
      Slice.fill slice '\000';
      slice

let drop () = Mutex.protect lock (fun () -> kept := [])

let give_back slice =
  if Slice.length slice > 0 then
    Mutex.protect lock (fun () -> if List.compare_length_with !kept most < 0 then kept := slice :: !kept)
