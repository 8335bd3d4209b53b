(* SPDX-License-Identifier: ISC *)

(** Virtual processes: the class of server unikernels, below drivers and above commands. It gets the turns that drivers
    leave, and one of some eighteen whatever they do. *)

include Picox_task.S
