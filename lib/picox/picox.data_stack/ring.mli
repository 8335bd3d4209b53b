(* SPDX-License-Identifier: ISC *)

(** The queue itself: a [nucleus_data_stack] (nucleus.h) in memory of its own. Any thread may use it; nothing waits. *)

type t

val words : int
(** How many integers an item is: token, buffer, length, kind. *)

val create : int -> t
(** An empty one of that capacity, a power of two up to 2{^20}.
    @raise Invalid_argument if it is none. *)

val capacity : t -> int

val put : t -> int array -> int -> int
(** [put t items n] puts the first [n] items of the array until it is full, and is how many. *)

val get : t -> int array -> int -> int
(** [get t items most] gets items into the front of the array, and is how many. *)

val can_get : t -> bool
(** Whether there is an item, for a last look before waiting. *)

val can_put : t -> bool
(** Whether there is room, for a last look before waiting. *)

val depth : t -> int

val getter_waits : t -> bool -> unit
(** Tells other ends that somebody here waits for items, or does so no more. *)

val putter_waits : t -> bool -> unit
(** The same for room. *)
