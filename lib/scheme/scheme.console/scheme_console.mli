(* SPDX-License-Identifier: ISC *)

(** The scheme [console]: the program's standard streams, or another line, as a terminal.

    [/scheme/console] reads what is typed and shows what is written. A [Call] of ["keys"] makes each byte readable as it
    comes, ["lines"] whole lines, edited here; the answer is ["keys"] or ["lines"], whichever holds then. Where the input is
    no terminal it is bytes that are read as they are, and the answer is ["lines"]. A [Call] of ["mode"] only tells, and where there is no terminal it is an error.

    [/scheme/console/interrupts] reads as a line for each [^C] that comes in the mode of lines, while it is open. *)

open Scheme

type t

val create : ?keys:bool -> ?input:Unix.file_descr -> ?output:Unix.file_descr -> unit -> t
(** A console of those descriptors (default: the standard ones). [keys]: the input brings a person's keys as they are typed,
    without echo; by default it does if it is a terminal, which is then told to. *)

val of_terminal : input:(unit -> string option) -> output:(string -> unit) -> t
(** A console of a terminal that brings keys as they are typed, without echo, and shows bytes as they are: behind a serial line. [input]
    waits for some, [None] is the end; both may wait as fibers do. *)

val service : t -> Service.t

val run : t -> unit
(** Reads the input, in this fiber, until its end. Without it nothing can be read. *)

val restore : t -> unit
(** Puts the terminal back as it was. *)

module Discipline = Discipline
