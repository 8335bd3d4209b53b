(* SPDX-License-Identifier: ISC *)

(** Fuzzing of OCaml code in one program: inputs are changed at random, and those that reach something new are kept and changed in turn. What
    is reached is known if the program was built with [ocamlopt -afl-instrument], as [fuzz/run_ocaml] does; else it only
    makes random changes, the same in each run, of the inputs that are there. *)

val main : string -> seeds:string list -> corpus:string -> (string -> unit) -> unit
(** [main name ~seeds ~corpus run]: a program that gives [run] inputs. It must not raise, nor take long, whatever the input is. [corpus] has a line in base64 for each
    input.

    Without arguments: each input as it is, and some thousand changes. With [SECONDS FILE]: for so long, and then the file has the
    inputs that reach all that was reached, the corpus' own among them. An input that fails is printed in base64, and the exit status
    is 1; with [input TEXT] that one is run again. *)

(** {1 Inputs as programs} *)

type source
(** What is left of an input. *)

val source : string -> source
val is_empty : source -> bool

val byte : source -> int
(** 0 if nothing is left, as for all others. *)

val word : source -> int
(** 16 bits. *)

val number : source -> int
(** Small ones, ends of ranges, and any of 64 bits. *)

val text : source -> int -> string
(** So many bytes, or what is left. *)

val require : string -> bool -> unit
(** Raises [Failure] with the text unless that holds. *)
