(* SPDX-License-Identifier: ISC *)

(** The machine's network cards, each driven by a fiber of the class of drivers. *)

type card = { name : string;  (** ["virtio0"] *) net : Virtio.Net.t Device_supervisor.t; claim : Claim.t }

val start : Picos_std_structured.Bundle.t -> log:(string -> unit) -> card list
(** Starts all drivers; does not wait for them. *)
