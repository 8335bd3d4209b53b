(* SPDX-License-Identifier: ISC *)

(** UARTs that firmware tells of, beside the console's: a PC's COM2 to COM4, and those of a devicetree. At 115,200 baud, 8 bits, no parity. *)

type t

val all : unit -> t list
(** Takes them, so that a second call finds none. *)

val run : t -> (Port.t -> unit) -> Device.error
(** As {!Port.run}; sets the UART up first. *)
