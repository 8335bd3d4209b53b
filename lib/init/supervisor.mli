(* SPDX-License-Identifier: ISC *)

(** Looks after servers: starts them in order, starts them again when they end, with longer and longer pauses, and stops them. What a
    server is made of is the caller's: here it is something that can be awaited and ended. *)

type running = {
  pid : int;
  wait : unit -> int;  (** until it is gone; its exit status. May be called twice. Raises if the fiber is canceled. *)
  terminate : unit -> unit;  (** asks it to end *)
  kill : unit -> unit;  (** ends it *)
  dump : dump;
}

and dump = (string -> (unit, Scheme.Error.t) result) -> (unit, Scheme.Error.t) result
(** Gives a core file to the function, piece by piece. *)

type state =
  | Waiting  (** for others, or for the end of a pause *)
  | Starting  (** it runs, but is not up *)
  | Up
  | Stopped  (** as it was asked to, or by itself, and shall not be started again *)
  | Failed of string  (** it shall not be started again *)

type t

val create :
  ?log:(string -> unit) ->
  ?answers:(Manifest.t -> unit) ->
  start:(Manifest.t -> (running, string) result) ->
  up:(Manifest.t -> bool) ->
  unit ->
  t
(** [start] starts the program; [up] is asked, while it starts, whether it is up (looked at each 10 ms). Both may wait. [answers], for one
    that is to be checked, returns when the server has answered something; it is canceled when that takes too long. *)

val prepare : t -> Manifest.t list -> unit
(** Says which servers there are, in order: once, before {!run}. *)

val run : t -> unit
(** Looks after them, until the fiber is canceled or {!stop_all}. *)

val await_all : t -> unit
(** Waits until each is up, stopped or has failed, or has been tried and is to be started again, or waits for one of those. *)

val stop_all : ?patience:float -> ?last_patience:float -> t -> unit
(** {!stop} of all, the last first. *)

(** {1 One of them} *)

type server

val servers : t -> server list
val find : t -> string -> server option
val manifest : server -> Manifest.t
val state : server -> state
val state_text : state -> string
val pid : server -> int option
val starts : server -> int
(** How often it was started. *)

val last_status : server -> int option

val stop : ?patience:float -> ?last_patience:float -> server -> unit
(** Asks it to end, kills it if it has not after [patience] seconds (default: 2), and waits for the end of that, [last_patience] seconds at most (default: 10).
    The log is told if even this was in vain. *)

val start : server -> unit
(** Starts one that was stopped or has failed; nothing for others. *)

val kill : server -> unit
(** Ends the program at once, as a crash would: what its manifest says follows. *)

val dump : server -> dump
(** Of what runs now. Error: [Not_found], nothing does. *)
