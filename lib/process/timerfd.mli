(* SPDX-License-Identifier: ISC *)

(** Timers as open files: [timerfd]. *)

type t
type Open_file.kind += Timer of t

val make : flags:int -> int -> Open_file.t
(** Of that clock. *)

val clock : t -> int
val set : t -> due:int -> interval:int -> int * int
(** As {!Timers.set}; what has expired is forgotten. *)

val get : t -> int * int
