(* SPDX-License-Identifier: ISC *)

(** The registers of a device, by number, wherever they are and however far apart. Fake devices are values of this type,
    too. *)

type t = {
  count : int;
  read : int -> int;  (** Raises [Invalid_argument] where there is none. *)
  write : int -> int -> unit;
}

val of_memory : Mmio.t -> stride:int -> width:int -> t
(** [stride] bytes from one to the next, of accesses of [width] bytes (1, 2 or 4). *)

val of_ports : Ports.t -> t
