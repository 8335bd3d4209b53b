(* SPDX-License-Identifier: ISC *)

(** The system calls about names. Each decodes all of its arguments, then asks the namespace. A descriptor in front of a path
    is where relative ones begin: that directory by the path that it was opened by. Answers are Linux'. *)

open Task

val at_cwd : int

val o_cloexec : int
val openat : process -> thread -> int -> int -> int -> int
(** [openat p thread descriptor path flags]. *)

val openat2 : process -> thread -> int -> int -> int -> int -> int
val fstat : process -> thread -> int -> int -> int
val newfstatat : process -> thread -> int -> int -> int -> int -> int
(** [newfstatat p thread descriptor path into flags]. *)

val symlink_nofollow : int
val statx : process -> thread -> int -> int -> int -> int -> int -> int
val statfs : process -> thread -> int -> int -> int
val fstatfs : process -> int -> int -> int

val faccessat : process -> thread -> int -> int -> int -> int -> int
(** [faccessat p thread descriptor path mode flags]. *)

val readlinkat : process -> thread -> int -> int -> int -> int -> int
val mkdirat : process -> thread -> int -> int -> int
val remove_directory : int

val unlinkat : process -> thread -> int -> int -> int -> int
(** [unlinkat p thread descriptor path flags]. *)

val renameat2 : process -> thread -> int -> int -> int -> int -> int -> int
val linkat : process -> thread -> int -> int -> int -> int -> int -> int
val symlinkat : process -> thread -> int -> int -> int -> int
(** [symlinkat p thread target descriptor path]. *)

val exists : process -> thread -> int -> int -> int -> int
(** [exists p thread descriptor path flags]: what is left of a change of owners or permissions, which nobody keeps. *)

val getcwd : process -> int -> int -> int
val chdir : process -> thread -> int -> int
val fchdir : process -> int -> int
val umask : process -> int -> int

(** {1 For other calls} *)

val on_path :
  process -> thread -> int -> int -> (Scheme.Path.t -> string -> ('a, Scheme.Error.t) result) -> ('a, int) result
(** [on_path p thread descriptor path f]: [f cwd path], once both are decoded. *)

val resolve_own : process -> string -> string
(** [/proc/self/exe] is the program's own path. *)

val scheme_of : Scheme.Path.t -> string

val answer : (int, int) result -> int
