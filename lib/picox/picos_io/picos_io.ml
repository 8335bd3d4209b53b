(* SPDX-License-Identifier: ISC *)

module Unix = Fiber_unix
