(* SPDX-License-Identifier: ISC *)

(** The scheme [log]: the last lines that were written to it.

    [/scheme/log] reads as the lines that are kept, then the end; a line that is written gets the seconds since the log
    was made in front. [/scheme/log/follow] waits for more in place of the end. *)

type t

val create : ?most:int -> unit -> t
(** A log that keeps about so many bytes (default: 256 KiB). *)

val service : t -> Scheme.Service.t

val add : t -> string -> unit
(** Writes a line. Needs no scheduler. *)
