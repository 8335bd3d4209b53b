(* SPDX-License-Identifier: ISC *)

(** Release of resources at the end of a scope, whatever ends it. Releases run with cancelation forbidden.

    All functions need a scheduler. *)

val ( let@ ) : ('a -> 'b) -> 'a -> 'b
(** Application, so that [let@ x = finally release acquire in ...] reads as a binding. *)

val finally : ('r -> unit) -> (unit -> 'r) -> ('r -> 'a) -> 'a
(** [finally release acquire scope] is [scope r] with [r = acquire ()]; [release r] is called when [scope] returns or
    raises. *)

val lastly : (unit -> unit) -> (unit -> 'a) -> 'a
(** [lastly action scope] is [scope ()]; [action ()] is called when it returns or raises. *)

(** {1 Resources that move between fibers} *)

type 'r instance
(** A box that holds a resource, or nothing any more. *)

val instantiate : ('r -> unit) -> (unit -> 'r) -> ('r instance -> 'a) -> 'a
(** [instantiate release acquire scope] calls [scope] with an instance that holds [acquire ()]. When [scope] returns it
    waits until the instance is empty; when [scope] raises, or the wait is canceled, the instance is dropped. *)

val drop : 'r instance -> unit
(** Releases what the instance holds, if anything.
    @raise Invalid_argument while the resource is borrowed. *)

val borrow : 'r instance -> ('r -> 'a) -> 'a
(** [borrow instance scope] is [scope r] with the resource, which stays in the instance.
    @raise Invalid_argument if the instance is empty or the resource is borrowed. *)

val transfer : 'r instance -> ('r instance -> 'a) -> 'a
(** Empties the instance into a new one with a scope as that of {!instantiate}.
    @raise Invalid_argument if the instance is empty or the resource is borrowed. *)

val move : 'r instance -> ('r -> 'a) -> 'a
(** Empties the instance, and releases the resource at the end of the scope.
    @raise Invalid_argument if the instance is empty or the resource is borrowed. *)
