(* SPDX-License-Identifier: ISC *)

type received = Nothing | Byte of int | Damaged | Gone

type t = {
  room : unit -> int;
  put : int -> unit;
  get : unit -> received;
  interrupts : receive:bool -> transmit:bool -> unit;
}
