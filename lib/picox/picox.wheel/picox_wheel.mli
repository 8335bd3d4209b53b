(* SPDX-License-Identifier: ISC *)

(** A hierarchical timer wheel: what is due at which time.

    Times are integers, not negative; nanoseconds for the {e ticks} of 2{^10} of them to make sense. Setting, dropping
    and expiring take constant time for each timer, apart from the order of those that expire together. A timer lies in
    the level of the highest digit (of 5 bits) in which its tick differs from the wheel's own, so all of a lower level
    are due before those of a higher one, and nothing is looked at while nothing is due.

    {[
      let () =
        let wheel = Picox_wheel.create () in
        let set deadline what = Picox_wheel.set wheel (Picox_wheel.timer ~deadline what) in
        set 30 "c";
        set 10 "a";
        set 20 "b";
        assert (Picox_wheel.earliest wheel = 10);
        assert (List.map Picox_wheel.value (Picox_wheel.expire wheel ~now:25) = [ "a"; "b" ])
    ]}

    For one thread at a time. An exception out of a signal handler, at any moment, leaves the wheel whole. *)

type 'a t
type 'a timer

val create : unit -> 'a t
(** An empty wheel, at time 0. *)

val timer : deadline:int -> 'a -> 'a timer
(** A timer that is in no wheel yet. It may be set once.
    @raise Invalid_argument if [deadline] is negative. *)

val deadline : 'a timer -> int
val value : 'a timer -> 'a

val set : 'a t -> 'a timer -> unit
(** Puts it in. One whose deadline has passed expires with the next {!expire}. *)

val drop : 'a t -> 'a timer -> unit
(** Takes it out, if it is in. *)

val length : 'a t -> int

val bound : 'a t -> int
(** No timer is due before; [max_int] if there is none. In constant time. *)

val earliest : 'a t -> int
(** The earliest deadline, [max_int] if there is no timer. Where more than 256 timers would have to be looked at, perhaps
    the {!bound}. *)

val expire : 'a t -> now:int -> 'a timer list
(** Takes out those with [deadline <= now]: by deadline, then in the order in which they were set. What was in an earlier
    [now] is not asked for again: the wheel's own time never goes back. *)
