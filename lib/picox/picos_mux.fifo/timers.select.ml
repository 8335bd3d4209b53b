(* SPDX-License-Identifier: ISC *)

let check_configured = Picos_io_select.check_configured
let cancel_after = Picos_io_select.cancel_after
