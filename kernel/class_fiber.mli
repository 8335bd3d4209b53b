(* SPDX-License-Identifier: ISC *)

(** Fibers of the scheduler's classes that end with a bundle. *)

val fork : Picox_classes.t -> Picos_std_structured.Bundle.t -> (unit -> unit) -> unit
(** Runs the function in a fiber of the class; it is canceled with the bundle, which waits for it. *)
