(* SPDX-License-Identifier: ISC *)

module Control = Control
module Promise = Promise
module Bundle = struct
  include Bundle

  let fork_as_promise t body = Bundle.fork_as_promise t body
  let fork t body = Bundle.fork t body
end
module Flock = Flock
module Run = Run
