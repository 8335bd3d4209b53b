(* SPDX-License-Identifier: ISC *)

(** The system image's kernel program: nothing of it is for others. *)
