(* SPDX-License-Identifier: ISC *)

(** How a program begins: its segments in a process' memory, and on its stack what the C library looks for. Spec: [amd64/abi
    "Process Initialization"] *)

type t = { pc : int; stack_pointer : int }

val default_stack_size : int

val largest_strings : int
(** What arguments and environment may take in all, each by [room]. *)

val room : string -> int
(** What one of them takes: its text, the zero behind it, a pointer. *)

val load :
  Memory.t -> ?stack_size:int -> Executable.t -> arguments:string list -> environment:string list -> (t, string) result
(** With a stack of that size (default: {!default_stack_size}), or of what the program itself asks for, if that is more. Raises [Out_of_memory]. What is wrong, as a phrase. *)
