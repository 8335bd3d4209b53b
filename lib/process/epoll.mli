(* SPDX-License-Identifier: ISC *)

(** Sets of open files that are waited for together: [epoll]. A set is in no other set. *)

type t
type Open_file.kind += Set of t

val make : unit -> Open_file.t

val can_be_waited_for : Open_file.t -> (unit, int) result

val add : t -> int -> Open_file.t -> events:int -> data:int64 -> int
(** [add t descriptor file ~events ~data]; events and errors are Linux', as of the next. *)

val modify : t -> int -> Open_file.t -> events:int -> data:int64 -> int
val remove : t -> int -> Open_file.t -> int

val wait : t -> Wait.sleeper -> deadline:int -> int -> ((int * int64) list, int) result
(** Until at least one is ready; the events and the data of so many at most. *)
