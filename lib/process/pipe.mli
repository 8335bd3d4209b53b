(* SPDX-License-Identifier: ISC *)

(** Pipes between processes: bytes in order, each once. *)

type t

val capacity : int

val atomic : int
(** So many bytes are written together, or not at all. *)

val create : budget:Scheme.Budget.t -> t
(** Its memory is charged to the budget (in pages) until both of its ends are closed. Raises [Out_of_memory]. *)

val make : budget:Scheme.Budget.t -> flags:int -> Open_file.t * Open_file.t
(** A pipe's ends, for reading and for writing. Raises as {!create}. *)

type Open_file.kind += Reader of t | Writer of t

(** {1 For what is made of pipes} *)

val read : t -> Wait.sleeper -> nonblocking:bool -> bytes -> int -> int -> int
val write : t -> Wait.sleeper -> nonblocking:bool -> bytes -> int -> int -> int
val reader_ready : t -> int
val writer_ready : t -> int
val close_reader : t -> unit
val close_writer : t -> unit

val changed : t -> Wait.queue
val waiting : t -> int
(** Bytes that can be read. *)
