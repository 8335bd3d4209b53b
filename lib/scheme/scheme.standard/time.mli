(* SPDX-License-Identifier: ISC *)

(** The scheme [time]: [now] (seconds since 1970), [monotonic] (since some fixed moment), both with nine decimals, and
    [after/SECONDS]: a file that can be read, as its own name, so many seconds after it was opened. *)

val service : unit -> Scheme.Service.t
