(* SPDX-License-Identifier: ISC *)

(** What calls answer in place of a result: Linux' error numbers, negative. Spec: [linux/uapi "asm/errno.h"] *)

val eperm : int
val enoent : int
val esrch : int
val eintr : int
val eio : int
val e2big : int
val enoexec : int
val ebadf : int
val echild : int
val eagain : int
val enomem : int
val eacces : int
val efault : int
val eexist : int
val enodev : int
val enotdir : int
val eisdir : int
val einval : int
val enfile : int
val emfile : int
val enotty : int
val efbig : int
val espipe : int
val erofs : int
val epipe : int
val erange : int
val enametoolong : int
val enolck : int
val enosys : int
val eloop : int
val enotsock : int
val eopnotsupp : int
val eisconn : int
val etimedout : int

val of_scheme : Scheme.Error.t -> int
(** What a scheme's failure is. *)

val of_result : (unit, Scheme.Error.t) result -> int
(** 0, or that. *)
