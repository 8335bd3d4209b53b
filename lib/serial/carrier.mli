(* SPDX-License-Identifier: ISC *)

(** A fiber that moves bytes between a UART and whoever has them, or wants them. *)

(** Who that is. *)
type line = {
  outgoing : Bytes.t -> int;  (** fills a buffer with bytes to be sent, or part of it; tells how many *)
  sent : unit -> unit;  (** these have been put into the UART *)
  room : unit -> int;  (** for how many bytes of input there is room *)
  incoming : Bytes.t -> int -> unit;  (** so many have come, at the buffer's start *)
  rest : unit -> unit;  (** all has been done: the UART is to interrupt when there is more to do *)
}

type counts = { mutable sent : int; mutable received : int; mutable damaged : int; mutable turns : int }

val no_counts : unit -> counts

val run : Chip.t -> line -> Device_interrupt.t -> counts -> Device.error
(** Serves until the UART is gone, or the fiber is canceled. After some hundred bytes it lets others run. *)
