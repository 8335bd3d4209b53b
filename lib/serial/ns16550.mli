(* SPDX-License-Identifier: ISC *)

(** The 16550 UART.  Spec: [ns/16550d] *)

val chip : Machine.Registers.t -> Chip.t
(** As it is set up.
    @raise Invalid_argument if there are fewer than eight registers. *)

val set_up : Machine.Registers.t -> divisor:int -> unit
(** Eight bits, no parity, one stop bit; queues on and empty; interrupts off. [divisor] is clock / 16 / baud.
    @raise Invalid_argument if it is not 1 to 65535. *)
