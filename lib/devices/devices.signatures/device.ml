(* SPDX-License-Identifier: ISC *)

type error =
  [ `Gone
  | `Reset
  | `Malformed of string
  | `Failed
  | `Unsupported
  | `Read_only
  | `Out_of_range   ]

let error_text : [< error ] -> string = function
  | `Gone -> "the device is gone"
  | `Reset -> "the device was reset"
  | `Malformed what -> what
  | `Failed -> "the device has failed"
  | `Unsupported -> "the device cannot do that"
  | `Read_only -> "the device is read-only"
  | `Out_of_range -> "out of the device's range"

type slice = { buffer : Machine.Dma.t; offset : int; length : int }

module type BLOCK = sig
  type t

  val sector_size : t -> int

  val sectors : t -> int
  val read_only : t -> bool

  val read : t -> sector:int -> slice list -> (unit, error) result

  val write : t -> sector:int -> slice list -> (unit, error) result

  val flush : t -> (unit, error) result

  val discard : t -> sector:int -> sectors:int -> (unit, error) result

  val write_zeroes : t -> sector:int -> sectors:int -> (unit, error) result

  type operation =
    | Read of { sector : int; into : slice list }
    | Write of { sector : int; from : slice list }
    | Flush

  val batch : t -> operation list -> (unit, error) result list

end

module type NET = sig
  type t

  val mac : t -> string

  val mtu : t -> int

  val send : t -> string -> (unit, error) result

  val receive : t -> (string, error) result

end

module type CLOCK = sig
  type t

  val now_ns : t -> int
end

module type RANDOM = sig
  type t

  val read : t -> int -> (string, error) result

end
