(* SPDX-License-Identifier: ISC *)

(** Suspensions that several fibers may force at once. As [Stdlib.Lazy] but for that. *)

exception Undefined
(** [Stdlib.Lazy.Undefined]. *)

type !'a t

val from_fun : (unit -> 'a) -> 'a t
(** A suspension of the function. *)

val from_val : 'a -> 'a t
(** A suspension that has been forced, with that value. *)

val is_val : 'a t -> bool
(** Whether it has been forced, and has not raised. *)

val force : 'a t -> 'a
(** The value, or the exception, of the function, which is called by the first who forces the suspension while the others
    wait. A canceled fiber does not begin that; if it is canceled afterwards and the function raises it, that exception
    is what the suspension holds. Also raises if the fiber is canceled while it waits.
    @raise Undefined if this fiber is forcing it already. *)

val force_val : 'a t -> 'a
(** {!force}. *)

val map : ('a -> 'b) -> 'a t -> 'b t
(** [map f t] is [from_fun (fun () -> f (force t))]. *)

val map_val : ('a -> 'b) -> 'a t -> 'b t
(** [map_val f t] is [from_val (f (force t))] if [is_val t], else [map f t]. *)
