(* SPDX-License-Identifier: ISC *)

(** The system calls that read and write descriptors. Arguments may be any numbers; the answer is Linux': a count, or an
    error of {!Errno}. *)

open Task

val read : process -> thread -> int -> int -> int -> int
(** [read p thread descriptor at count], as the next. *)

val write : process -> thread -> int -> int -> int -> int

val pread : process -> thread -> int -> int -> int -> int -> int
(** And at which position. *)

val pwrite : process -> thread -> int -> int -> int -> int -> int

val readv : process -> thread -> int -> int -> int -> int
(** [readv p thread descriptor at count]: into that vector. *)

val writev : process -> thread -> int -> int -> int -> int
val preadv : process -> thread -> int -> int -> int -> int -> int
val pwritev : process -> thread -> int -> int -> int -> int -> int

val sendfile : process -> thread -> int -> int -> int -> int -> int
(** [sendfile p thread into from at count]. *)

(** {1 For other calls} *)

val with_file : process -> int -> (Open_file.t -> int) -> int
(** Of a descriptor; else the error. *)

val request : thread -> Open_file.of_scheme -> (Scheme.Handle.within option -> (int, Scheme.Error.t) result) -> int
(** Asks a scheme; one about a stream can be interrupted. *)

val read_file : process -> thread -> Open_file.t -> int -> int -> int -> int
(** [read_file p thread file at count position]. *)

val write_file : ?quiet:bool -> process -> thread -> Open_file.t -> int -> int -> int -> int
(** The same; [quiet]: without a signal if nobody reads. *)

val before_read : process -> thread -> Open_file.of_scheme -> int -> int -> unit
(** [before_read p thread file size position]: the file has there what those have written who have mapped it in common. *)

val may_have_size : process -> thread -> Scheme.Handle.t -> int -> (unit, Scheme.Error.t) result
(** Not if it would be longer, and than [RLIMIT_FSIZE] has it: then the signal is sent. *)

val cut_off : process -> Scheme.Handle.t -> unit
(** After that file has become shorter: who has mapped it in common sees so. Asks the scheme. *)

val here : int
(** As a position: where the descriptor stands. *)
