(* SPDX-License-Identifier: ISC *)

(** How the system ends. *)

type t

val create : unit -> t

val off : t -> int -> unit
(** Asks for the end, with an exit status. The first one counts. *)

val await : t -> int
(** Waits until somebody has, and is the status. *)

val file : t -> Scheme_standard.Tree.t
(** To write ["off"], or ["off STATUS"], asks for it. *)
