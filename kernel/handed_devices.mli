(* SPDX-License-Identifier: ISC *)

(** Devices that servers are handed ({!Handed}): by one server at a time each, which opens [/scheme/device/NAME], maps what it has opened in common, reads
    from it to wait (8 bytes: how many announcements there were), and writes to it to announce. While it is open nobody else
    has the device. *)

open Scheme

type t

val create :
  Picos_std_structured.Bundle.t ->
  log:(string -> unit) ->
  mapped:Process.Shared.registry ->
  cards:Network.card list ->
  disks:Storage.disk list ->
  root:string option ->
  t
(** [root] is what is mounted, which is nobody's to have. *)

val problem : t -> string -> string option
(** Why a device of that name (["net/virtio0"], ["disk/virtio1p2"]) cannot be handed over. *)

val service : t -> server:string -> string list -> Service.t
(** The scheme [device] for a server that has these; those that have a {!problem} are not in it. *)
