(* SPDX-License-Identifier: ISC *)

let check_configured () = ()
let cancel_after _ ~seconds:_ _ _ = raise (Sys_error "timers need the library picos_io.select")
