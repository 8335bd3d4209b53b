(* SPDX-License-Identifier: ISC *)

(** The scheme [pipe]: bytes from writers to readers, in order, each once.

    To open [/scheme/pipe] makes a pipe and gives its reading end; a [Call] of ["writer"] on it answers with a writing end.
    Reading waits until there is something, and is the end (0) when all writing ends are closed and all is read. Writing
    waits until there is room; up to {!atomic} bytes are written together or not at all. It fails with [Broken_pipe] when
    all reading ends are closed. *)

open Scheme

val capacity : int
(** 64 KiB. *)

val atomic : int
(** 4096. *)

val scheme : ?budget:Budget.t -> unit -> Service.t
(** Each pipe takes its {!capacity} of the budget of bytes, else [No_memory]. *)

val make : Namespace.t -> (Handle.t * Handle.t, Error.t) result
(** A pipe of the namespace's scheme [pipe]: reading end, writing end. For a moment it
    needs a third handle. *)
