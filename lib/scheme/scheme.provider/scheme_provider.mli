(* SPDX-License-Identifier: ISC *)

(** A scheme that a process serves, by packets ({!Scheme_packet}).

    Whoever has the {!entrance} in his namespace under the scheme's name, and nobody else, can serve it: he opens its root to create it, and
    has the {e socket}, from which he reads requests and to which he writes answers. While it is open nobody else can be the server. When it is
    closed, as by the end of the process, all that the server was asked and has not answered fails with [Server_gone].

    Nothing that the server writes is believed: a packet that is none fails with [Invalid] for the server; an answer that is
    none to its request fails with [Io] for the client. *)

open Scheme

type t

val create : unit -> t

val service : t -> Service.t
(** For clients. *)

val entrance : t -> Service.t
(** For who is to serve it: [Busy] if somebody does. *)

val most_requests : int
(** 4096: requests that one server may have at once without having answered them, those among them that were canceled; a canceled
    request is to be answered as any other. Who asks for one more fails with [Would_block], and so does who asks while 16 MiB of
    requests wait to be read. *)

val is_served : t -> bool

val run : t -> unit
(** Serves, in this fiber, for one process after the other, until the fiber is canceled. Without it the entrance can be
    opened, but no request comes. *)
