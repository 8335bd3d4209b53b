(* SPDX-License-Identifier: ISC *)

(** What was recorded, as JSON of Chrome's trace viewer and Perfetto. A domain is a process there with a thread for the
    scheduler (sleeps and instants), one for each kind of fibers (their turns) and one for the collector; counters are those
    of one more process. *)

type clock = { start_ticks : int; start_ns : int; ratio : float }
(** When tracing began, and nanoseconds for each tick since. *)

val write : clock -> kinds:string array -> kind_bits:int -> names:string array -> out_channel -> unit
(** A fiber's number is that of its kind in its lowest [kind_bits], above which it has one of its own. *)
