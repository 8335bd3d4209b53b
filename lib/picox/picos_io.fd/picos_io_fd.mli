(* SPDX-License-Identifier: ISC *)

(** File descriptors that are counted: one is closed when nobody uses it any more. *)

include Picos_aux_rc.S with type Resource.t = Unix.file_descr

val report_leaks : bool ref
(** Whether descriptors that were not closed are told on standard error when the program ends. At first [false]. *)
