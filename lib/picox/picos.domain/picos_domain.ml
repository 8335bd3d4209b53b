(* SPDX-License-Identifier: ISC *)

let at_exit = Domain.at_exit
let recommended_domain_count = Domain.recommended_domain_count
let is_main_domain = Domain.is_main_domain

module DLS = struct
  type 'a key = 'a Domain.DLS.key

  let new_key make = Domain.DLS.new_key make
  let get = Domain.DLS.get
  let set = Domain.DLS.set
end
