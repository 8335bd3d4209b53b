(* SPDX-License-Identifier: ISC *)

(** What drivers want of a UART: bytes in and out of its queues, and interrupts. Nothing here waits. *)

type received =
  | Nothing
  | Byte of int
  | Damaged  (** a byte that the line has not brought whole, or a break *)
  | Gone  (** the registers read as all ones: no UART is there *)

type t = {
  room : unit -> int;  (** how many bytes can be {!put} now *)
  put : int -> unit;
  get : unit -> received;
  interrupts : receive:bool -> transmit:bool -> unit;
      (** whether it interrupts when there is something to {!get}, and when there is {!room} *)
}
