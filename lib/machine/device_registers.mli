(* SPDX-License-Identifier: ISC *)

(** What the nucleus tells of a device's registers. *)

val decode : int array -> (int * Registers.t) option
(** Model and registers; none of an empty row. *)
