(* SPDX-License-Identifier: ISC *)

(** A lock on a state that some fibers change and others wait for. Functions are called under the lock: they must not wait
    and not perform effects. *)

type t

val create : unit -> t

val look : t -> (unit -> 'a) -> 'a
(** Calls the function, which changes nothing that anybody waits for. Needs no scheduler. *)

val change : t -> (unit -> 'a) -> 'a
(** Calls the function, then lets those who wait look again. Needs no scheduler. *)

val wait_for : t -> (unit -> 'a option) -> 'a
(** Calls the function after each change until it gives a value; that is a change, too. Raises if the fiber is canceled
    while it waits. *)

val event : t -> Scheme.Request.interest -> (unit -> Scheme.Request.ready option) -> Scheme.Request.ready
(** {!wait_for}, if the interest is to wait; else what the function says now, nothing being {!Scheme.Request.not_ready}. *)
