(* SPDX-License-Identifier: ISC *)

(* The library Unix, where another module of that name is open. *)

include Unix
