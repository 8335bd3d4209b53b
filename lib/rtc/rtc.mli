(* SPDX-License-Identifier: ISC *)

(** Real-time clocks: a PC's CMOS, Arm's PL031, and the goldfish of emulated machines.
    Spec: [motorola/mc146818], [arm/pl031], [goldfish/rtc] *)

(** Dates as seconds. *)
module Calendar = Calendar

type t

val all : unit -> t list
(** Those of the machine that can be reached. *)

val name : t -> string

val read : t -> (int, Device.error) result
(** Nanoseconds since 1970; a PC's and a PL031 count seconds. The fiber waits, a few milliseconds at most, while a PC's
    changes its time. [`Malformed]: it shows no time that can be. [`Failed]: it does not stop changing. *)

(** {1 Their kinds} *)

val cmos : ?century:int -> Machine.Registers.t -> t
(** The index and data ports; [century] is the index of the register that has it. Without, years are those of 1970 to 2069.
    One that uses these registers at a time.
    @raise Invalid_argument if there are not two registers. *)

val pl031 : Machine.Registers.t -> t
val goldfish : Machine.Registers.t -> t
