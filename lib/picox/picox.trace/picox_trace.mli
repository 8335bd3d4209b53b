(* SPDX-License-Identifier: ISC *)

(** What fibers, timers, data stacks and the garbage collector did, and when.

    Each domain, and so each CPU of the kernel, writes what happens on it into a ring of its own: nobody waits, and what is
    oldest is overwritten. The phases of the collector come from OCaml's runtime events. With the environment variable
    [BACTRIAN_TRACE] a program traces itself from the beginning, and at its end writes all to that file, in the JSON of
    Chrome's trace viewer and Perfetto: [bactrian run --trace FILE] does so. A domain has a track for its scheduler there
    (sleeps, and instants), one for each kind of fibers (their turns) and one for the collector's phases; counters have
    theirs. *)

open Picos

val active : bool ref
(** Whether anything is written. Look before you call anything of the next section, so that it costs nothing else. Only
    {!start} and {!stop} change it. *)

(** {1 For schedulers}

    On the domain on which it happens. A turn ends with the next event of this section but {!spawned} and {!woken}. *)

val turn : Fiber.t -> unit
(** The fiber begins to run. *)

val awaits : Fiber.t -> unit
(** The fiber waits for a trigger. *)

val yields : Fiber.t -> unit
(** The fiber lets others run. *)

val returns : Fiber.t -> unit
(** The fiber has ended. *)

val spawned : by:Fiber.t -> Fiber.t -> unit
val woken : Fiber.t -> unit
(** The fiber is ready again. On any domain. *)

val sleeps : unit -> unit
(** The domain has nothing to do. *)

val wakes : unit -> unit

type kind

val kind : string -> kind
(** A kind of fibers, for their names. Made once, as the program begins; of 15 at most. *)

val label : Fiber.t -> kind -> unit
(** The fiber is of that kind; before anything else is written of it. *)

(** {1 For all} *)

type name

val name : string -> name
(** What instants and counters are called. Made rarely, since it is looked for among all others: those that are called the
    same are one. *)

val instant : name -> int -> unit
(** It happens now, with a number: an interrupt, with how many have come, say. *)

val counter : name -> int -> unit
(** Something that changes, a depth say, is so now. *)

(** {1 Beginning and end} *)

val start : ?events:int -> unit -> unit
(** Traces from now on. Domains keep their last [events] (a power of two, default 2{^15}, of 32 bytes each).
    @raise Invalid_argument if it is none. *)

val stop : unit -> unit

val write : out_channel -> unit
(** Writes all that is kept, as JSON. After {!stop}. *)
