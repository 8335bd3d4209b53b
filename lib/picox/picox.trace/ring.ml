(* SPDX-License-Identifier: ISC *)

external put : (int[@untagged]) -> (int[@untagged]) -> (int[@untagged]) -> (int[@untagged])
  = "picox_trace_put_boxed" "picox_trace_put"
[@@noalloc]

external collected : unit -> bool = "picox_trace_collected" [@@noalloc]
external set_size : int -> unit = "picox_trace_set_size" [@@noalloc]
external ticks : unit -> (int[@untagged]) = "picox_trace_ticks_boxed" "picox_trace_ticks" [@@noalloc]
external slots : unit -> int = "picox_trace_slots" [@@noalloc]
external count : int -> int = "picox_trace_count" [@@noalloc]
external lost : int -> int = "picox_trace_lost" [@@noalloc]
external word : int -> int -> int -> int = "picox_trace_word" [@@noalloc]

let iter slot take =
  for index = min (lost slot) (count slot) to count slot - 1 do
    take ~ticks:(word slot index 0) ~code:(word slot index 1) (word slot index 2) (word slot index 3)
  done
