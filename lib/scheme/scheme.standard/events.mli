(* SPDX-License-Identifier: ISC *)

(** The scheme [event]: to wait for many handles at once.

    Each opening of [/scheme/event] is a set of handles, each with a number. A [Call] of ["add NUMBER INTEREST"], the
    interest being [r], [w] or [rw], takes the handle in the message into the set, in place of what had the number; no set
    can be in a set ([Invalid]), for a circle of them would never be closed. ["remove NUMBER"] removes and closes it.
    Reading waits until at least one is ready, and gives a line for each that is: its number, and of [r], [w] and [e] (the
    other side has ended) those that hold. Who is still ready is told again when it is read again. *)

open Scheme

val service : unit -> Service.t

(** {1 Without text} *)

val add : Handle.t -> int -> Request.interest -> Handle.t -> (unit, Error.t) result
(** [add set number interest handle]. The set owns the handle: give it a copy. *)

val remove : Handle.t -> int -> (unit, Error.t) result
(** Error: [Not_found]. *)

val wait : Handle.t -> ((int * Request.ready) list, Error.t) result
