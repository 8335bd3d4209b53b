(* SPDX-License-Identifier: ISC *)

(** Terminals, as programs know them by [ioctl]: streams whose scheme answers the call ["mode"] with ["lines"] or ["keys"], as
    the scheme [console] does. A terminal's settings are these two modes; all else is told as usual and not changed. *)

open Task

val ioctl : process -> thread -> Open_file.of_scheme -> int -> int -> int option
(** [ioctl p thread file request argument]. [None]: it is no request of terminals. [ENOTTY]: it is no terminal. *)
