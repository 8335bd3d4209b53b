(* SPDX-License-Identifier: ISC *)

(** Commands and scripts: the lowest class. It gets the turns that the others leave, and one of some eighteen whatever they
    do. *)

include Picox_task.S
