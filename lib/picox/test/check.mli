(* SPDX-License-Identifier: ISC *)

(** The tests' own small frame: named tests, each run once, with a report and an exit status. *)

val test : string -> (unit -> unit) -> unit
(** Adds a test. It fails by raising. *)

val that : string -> bool -> unit
(** Fails with the text unless the condition holds. *)

val equal : string -> int -> int -> unit
(** [equal what expected got]. *)

val raises : string -> (exn -> bool) -> (unit -> 'a) -> unit
(** Fails unless the function raises an exception of that kind. *)

val is_invalid : exn -> bool
(** Whether it is [Invalid_argument]. *)

val scaled : int -> int
(** How often to do something that is worth doing so often; a 50th of it, at least once, in a run with [--quick], for
    machines that are emulated. *)

val quick : bool
(** Whether it is such a run. *)

val run : unit -> unit
(** Runs all tests; those whose names hold one of the program's arguments, if it has some. Prints the failures and the
    count, with [--times] also the processor time of each; exit status 1 if any failed or there was none. *)
