(* SPDX-License-Identifier: ISC *)

(** A part of the CPUs' time for several threads: a bucket that fills steadily, up to what there is for a tenth of a second, and from which
    they pay for what they have run. Who finds it empty waits. May be used from all threads.

    Who looks each time before he runs for at most a slice ({!Turns.slice_ns}), and pays then, has no more with all the others than what
    the bucket had and got, and two slices a CPU: one that is not paid yet when the last slice begins, and this one. Who ran for longer
    than he was to, as when the machine stood still, has paid for it before anybody begins another slice. *)

type t

val create : ?within:t -> float -> t
(** So many CPUs; [infinity] is no limit. Who pays here pays in [within], too. *)

val is_limited : t -> bool

val pay : t -> int -> unit
(** Nanoseconds that were used. The bucket may owe some then. *)

val until : t -> now:int -> int
(** When there is something in it: [now], or a later moment. *)
