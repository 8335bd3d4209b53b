(* SPDX-License-Identifier: ISC *)

(** A shell with a person, on the console of its namespace. *)

val run : ?columns:int -> ?greeting:string -> Interpreter.t -> int
(** Reads lines and runs them until [exit], or the end of the input; the exit status. Where the console brings keys, lines
    are edited ({!Editor}), and [^C] kills what runs in the foreground; else they are read as they come. *)
