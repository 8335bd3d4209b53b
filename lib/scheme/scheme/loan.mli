(* SPDX-License-Identifier: ISC *)

(** A client's memory, lent to a server for the time of one request. When the request ends, even because its client is
    canceled, the client has it back: a server that goes on all the same cannot reach it any more. *)

type t

val length : t -> int

exception Taken_back

val use : t -> (Slice.t -> 'a) -> 'a
(** Gives the memory to the function, which must not wait, nor keep it.
    @raise Taken_back if the request has ended. *)

val fill : t -> Slice.t -> int
(** Copies as much as fits to the beginning, and tells how much. *)

val fill_string : t -> string -> int -> int
(** [fill_string t text offset] copies what follows [offset], as much as fits. An [offset] out of the text gives 0. *)

(** {1 For clients} *)

val lend : Slice.t -> t

val take_back : t -> unit
(** When it returns, no function has the memory, and none will get it. *)
