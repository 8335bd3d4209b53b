(* SPDX-License-Identifier: ISC *)

(** Input and output for fibers. *)

module Unix = Fiber_unix
(** [Unix], of which what waits lets other fibers run. *)
