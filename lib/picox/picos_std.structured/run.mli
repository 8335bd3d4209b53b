(* SPDX-License-Identifier: ISC *)

(** Several functions as fibers: see [Picos_std_structured.Run]. *)

val all : (unit -> unit) list -> unit
val any : (unit -> unit) list -> unit
val first_or_terminate : (unit -> 'a) list -> 'a
