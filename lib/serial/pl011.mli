(* SPDX-License-Identifier: ISC *)

(** Arm's PL011 UART.  Spec: [arm/pl011] *)

val chip : Machine.Registers.t -> Chip.t
(** As it is set up.
    @raise Invalid_argument if there are too few registers. *)

val set_up : Machine.Registers.t -> unit
(** Eight bits, no parity, queues on, interrupts off; the speed stays. *)
