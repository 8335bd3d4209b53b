(* SPDX-License-Identifier: ISC *)

let look = Atomic.make ignore
let on_turn f = Atomic.set look f
let at_turn () = (Atomic.get look) ()
