(* SPDX-License-Identifier: ISC *)

type t = {
  signal : int;
  handler : int;
  return_to : int;
  info : bytes;
  mask : int64;
  stack : bytes;
  address : int;
  trap : int;
  code : int;
}

type restored = { mask_then : int64; stack_then : bytes }

module type MACHINE = sig
  val red_zone : int
  val build : Vcpu.t -> top:int -> t -> int * bytes
  val enter : Vcpu.t -> at:int -> t -> unit
  val restore : Vcpu.t -> read:(int -> int -> bytes option) -> restored option
end

let info_size = 128
let stack_size = 24
let set_int bytes at n = Bytes.set_int64_le bytes at (Int64.of_int n)
let set_u32 bytes at n = Bytes.set_int32_le bytes at (Int32.of_int n)
let get_u32 bytes at = Int32.to_int (Bytes.get_int32_le bytes at) land 0xffffffff
let put bytes at part = Bytes.blit part 0 bytes at (Bytes.length part)

(* A word that may be any, as the number of an address. *)
let get_address bytes at = match Int64.unsigned_to_int (Bytes.get_int64_le bytes at) with Some n -> n | None -> min_int
