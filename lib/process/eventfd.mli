(* SPDX-License-Identifier: ISC *)

(** Counters as open files: [eventfd]. *)

val make : flags:int -> one_by_one:bool -> int -> Open_file.t
(** [make ~flags ~one_by_one count]: reading takes all, or one by one. *)
