(* SPDX-License-Identifier: ISC *)

(** Variables that are assigned once: with a value, or with an exception, which poisons them. *)

open Picos_std_event

type !'a t

val create : unit -> 'a t
(** A variable without a value. *)

val of_value : 'a -> 'a t
(** A variable with that value. *)

val try_fill : 'a t -> 'a -> bool
(** Assigns the value: [true]. [false] if the variable was assigned or poisoned before. *)

val fill : 'a t -> 'a -> unit
(** {!try_fill}, whoever is first. *)

val try_poison_at : 'a t -> exn -> Printexc.raw_backtrace -> bool
(** Poisons the variable: [true]. [false] if the variable was assigned or poisoned before. Does not raise for
    cancelation. *)

val try_poison : ?callstack:int -> 'a t -> exn -> bool
(** {!try_poison_at} with the call stack to that depth, by default none. *)

val poison_at : 'a t -> exn -> Printexc.raw_backtrace -> unit
(** {!try_poison_at}, whoever is first. *)

val poison : ?callstack:int -> 'a t -> exn -> unit
(** {!try_poison}, whoever is first. *)

val peek_opt : 'a t -> 'a option
(** The value; [None] as long as there is none. Raises the exception if the variable is poisoned. *)

val read : 'a t -> 'a
(** Waits for the value, or the exception, which is raised. Also raises if the fiber is canceled meanwhile. *)

val read_evt : 'a t -> 'a Event.t
(** The variable is assigned, or poisoned. *)
