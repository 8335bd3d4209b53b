(* SPDX-License-Identifier: ISC *)

(** The scheme [file] over a mounted RedoxFS.

    Times of access are not kept. What is read or written at once is at most {!Volume.data_size}; [Sync] of any file syncs the
    volume. [Map] is not supported. *)

val service : Volume.t -> Scheme.Service.t
