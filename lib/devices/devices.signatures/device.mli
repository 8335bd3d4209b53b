(* SPDX-License-Identifier: ISC *)

(** What drivers of a kind have in common, and how they fail. All that waits suspends the fiber. *)

type error =
  [ `Gone  (** the device is not there any more, or closed *)
  | `Reset  (** it was reset with the request in flight, which may or may not have been done *)
  | `Malformed of string  (** it answered what cannot be *)
  | `Failed  (** it reports that it cannot do that *)
  | `Unsupported
  | `Read_only
  | `Out_of_range  (** not within the device, or not in whole sectors *) ]

val error_text : [< error ] -> string

type slice = { buffer : Machine.Dma.t; offset : int; length : int }
(** A part of a buffer. *)

(** Block devices. *)
module type BLOCK = sig
  type t

  val sector_size : t -> int
  (** Bytes: what requests are made of. *)

  val sectors : t -> int
  val read_only : t -> bool

  val read : t -> sector:int -> slice list -> (unit, error) result
  (** Fills the slices, one after the other, from the sector on. Each holds whole sectors, and starts at a multiple of 4.
      Buffers are the device's until it returns; a canceled fiber waits for that first. *)

  val write : t -> sector:int -> slice list -> (unit, error) result

  val flush : t -> (unit, error) result
  (** When it returns, what was written before it was called is where power cannot take it. *)

  val discard : t -> sector:int -> sectors:int -> (unit, error) result
  (** What these hold is of no more use. *)

  val write_zeroes : t -> sector:int -> sectors:int -> (unit, error) result

  type operation =
    | Read of { sector : int; into : slice list }
    | Write of { sector : int; from : slice list }
    | Flush

  val batch : t -> operation list -> (unit, error) result list
  (** All at once, in no order; the device is told once. *)
end

(** Network devices that carry Ethernet frames. *)
module type NET = sig
  type t

  val mac : t -> string
  (** Six bytes. *)

  val mtu : t -> int
  (** Bytes of a frame's payload. *)

  val send : t -> string -> (unit, error) result
  (** Queues a frame, without its checksum; waits while the device has too many. *)

  val receive : t -> (string, error) result
  (** The next frame that has come. Those that nobody takes are lost, the latest first. *)
end

(** Clocks. *)
module type CLOCK = sig
  type t

  val now_ns : t -> int
end

(** Sources of random bytes. *)
module type RANDOM = sig
  type t

  val read : t -> int -> (string, error) result
  (** So many random bytes. *)
end
