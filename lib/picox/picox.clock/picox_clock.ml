(* SPDX-License-Identifier: ISC *)

external now_ns : unit -> (int[@untagged]) = "picox_clock_now_boxed" "picox_clock_now" [@@noalloc]
