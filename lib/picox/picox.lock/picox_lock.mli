(* SPDX-License-Identifier: ISC *)

(** Locks for moments: what is done under one never waits, nor takes the same lock again. As OCaml's [Mutex], which costs
    four times as much where nobody else wants the lock. Among threads of any domain; nobody is told who breaks the rules. *)

type t

val create : unit -> t

val lock : t -> unit
(** A thread that must wait for it sleeps. *)

val unlock : t -> unit

val protect : t -> (unit -> 'a) -> 'a
(** The function under the lock. *)
