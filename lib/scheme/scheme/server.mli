(* SPDX-License-Identifier: ISC *)

(** A fiber that works for others, and whose end nobody waits for in vain. *)

type t

val create : unit -> t

val submit :
  t -> drop:(unit -> unit) -> discard:('a -> unit) -> (unit -> ('a, Error.t) result) -> ('a, Error.t) result
(** Lets the server call the function, and is its answer. [Server_gone] if the server has ended or ends meanwhile. If the
    client is canceled, then so is the fiber that runs the function, and an answer that comes nevertheless is given to
    [discard]. Where the function will never be called, [drop] is. Raises only the client's cancelation. *)

val post : t -> (unit -> unit) -> unit
(** Lets the server call the function, or, if it has ended, calls it here. Does not wait, and does not need a scheduler. *)

val run : t -> serial:bool -> unit
(** Works in this fiber, once. Returns after {!stop}; raises what a function has raised. *)

val stop : t -> unit
val is_running : t -> bool
