(* SPDX-License-Identifier: ISC *)

let add = Picox_laws.Core_laws.add
