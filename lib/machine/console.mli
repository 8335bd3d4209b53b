(* SPDX-License-Identifier: ISC *)

(** The console's UART in the hands of a driver in the program. The nucleus goes on deciding what is sent and what input
    means; the driver moves the bytes. The nucleus drives the UART itself again after {!give_back}, at the end of the
    program, in a panic, and for a moment when more than 64 KiB wait. [serial] has the driver. *)

type model = Ns16550 | Pl011

val take : unit -> (model * Registers.t * Pci.Interrupt.t) option
(** The UART's interrupts are for bytes that have come, and for room where bytes wait to be sent; each switches them off
    until {!rest}. [None]: somebody has it, the machine has none that interrupts, or the program does not run on a bare one. *)

val outgoing : Bytes.t -> int
(** Takes bytes that are to be sent next, as many as the buffer has room for, or 64; the driver writes them to the UART at
    once, and then calls {!sent}. *)

val sent : unit -> unit

val room : unit -> int
(** How many bytes of input have room. *)

val incoming : Bytes.t -> int -> unit
(** [incoming bytes count]: the first [count] have come; no more than there is {!room} for.
    @raise Invalid_argument if there are not so many. *)

val rest : unit -> unit
(** The driver has done what it could. *)

val give_back : unit -> unit
