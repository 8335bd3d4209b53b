(* SPDX-License-Identifier: ISC *)

(** UARTs that are not on PCI, nor the console's: a PC's COM2, say. [serial] has the drivers. *)

type model = Ns16550 | Pl011

val take : int -> (model * Registers.t * Pci.Interrupt.t) option
(** By its place in the description's [uarts], once; the UART is not set up. [None]: it is the console's, somebody has it, it does not
    interrupt, nobody knows its kind, or the program does not run on a bare machine. *)
