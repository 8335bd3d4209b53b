(* SPDX-License-Identifier: ISC *)

(** A UART of the program's own: what comes is kept until it is read, what is written waits until it can be sent. *)

type t

val run : Chip.t -> Device_interrupt.t -> (t -> unit) -> Device.error
(** Drives a UART that has been set up, and calls the function when it can be used. Ends when it is gone, or the fiber is
    canceled; who reads or writes then gets that as an error. *)

val write : t -> string -> (unit, Device.error) result
(** Waits while more than 4 KiB wait to be sent. Texts of several fibers may mix when they are longer. *)

val read : t -> (string, Device.error) result
(** What has come, at least a byte. What nobody reads stays in the UART, which loses what it has no room for. *)

val counts : t -> Carrier.counts
