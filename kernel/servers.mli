(* SPDX-License-Identifier: ISC *)

(** Init: the servers of [/etc/init.d], each a process whose namespace is what its manifest says, its own schemes among it. *)

open Scheme

type t

val create : log:(string -> unit) -> programs:Programs.t -> devices:Handed_devices.t -> shared:Scheme.Budget.t -> t
val supervisor : t -> Init.Supervisor.t

val start : t -> Picos_std_structured.Bundle.t -> namespace:Namespace.t -> Namespace.t
(** Reads the manifests ([*.toml], by name; one that is wrong is logged and left out), starts the servers in fibers of the bundle, and
    waits until each is up or has failed. The namespace that it returns has the schemes that servers serve, too. *)
