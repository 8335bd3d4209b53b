(* SPDX-License-Identifier: ISC *)

(** Reads what a loader needs of an ELF executable: static ones, at a fixed place or at any. Pure. Nothing in the file is
    trusted: what is accepted lies in the file and, once placed, in user mode's addresses, and no page of it is writable and
    executable. Spec: [elf] *)

type rights = { write : bool; execute : bool }

type segment = {
  address : int;  (** relative to where the program is placed, like all addresses here *)
  memory_size : int;  (** at least 1 *)
  file_offset : int;
  file_size : int;  (** at most [memory_size]; what is behind it is zero *)
  rights : rights;
}

type t = {
  segments : segment list;  (** ascending; no two have a page in common *)
  movable : bool;  (** whether it may be placed anywhere (a multiple of [alignment]); else at 0 *)
  alignment : int;
  start : int;  (** the first page *)
  size : int;  (** from there to the end of the last page *)
  entry : int;  (** in an executable segment *)
  headers : int option;  (** where its program headers are in memory, if they are *)
  header_count : int;
  stack_size : int option;  (** what it asks for *)
}

val header_size : int
(** Of one program header. *)

val parse : machine:int -> string -> (t, string) result
(** What is wrong, as a phrase. [machine] is ELF's number of the architecture. *)
