(* SPDX-License-Identifier: ISC *)

(** An ELF file that was read, as it goes into memories: whole pages. *)

type segment = {
  at : int;  (** the address of its first page; of a movable program from its base on *)
  size : int;
  rights : Space.rights;
  source : Source.t;
  offset : int;
  length : int;  (** behind that part of the source: zeros *)
}

type t = { elf : Elf.t; segments : segment list }

val make : in_common:bool -> string -> (t, string) result
(** Of a file's content. In common: all who execute it have the pages that they do not write to in common. What is wrong, as a phrase. Raises [Out_of_memory]. *)
