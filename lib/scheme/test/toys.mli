(* SPDX-License-Identifier: ISC *)

(** A scheme for tests: its files do what their names say ([stuck], [slow], [crash], [liar], [slow-to-open],
    [crash-to-open]; any other is read as its name), and it counts. *)

open Scheme

type t = {
  opened : int Atomic.t;
  closed : int Atomic.t;
  answered : int Atomic.t;
  gate : unit Picos.Computation.t;  (** [stuck] waits for it *)
}

exception Crash

val create : unit -> t
val scheme : ?server:Service.server -> t -> Service.implementation
