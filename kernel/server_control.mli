(* SPDX-License-Identifier: ISC *)

(** The scheme [servers]: [/scheme/servers/NAME/state] reads as what is known of a server, and of what it uses; to write ["start"], ["stop"],
    ["restart"] or ["kill"] to [/scheme/servers/NAME/control] does that. [/scheme/servers/all] is a line for each. *)

val service : Init.Supervisor.t -> Programs.t -> Scheme.Service.t
