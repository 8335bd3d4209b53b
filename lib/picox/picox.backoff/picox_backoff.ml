(* SPDX-License-Identifier: ISC *)

(* The exponent of the longest next spin. *)
type t = int

let default = 4
let limit = 9
let alone = Domain.recommended_domain_count () = 1

let once exponent =
  if not alone then
    for _ = 1 to Random.bits () land ((1 lsl exponent) - 1) do
      Domain.cpu_relax ()
    done;
  if exponent < limit then exponent + 1 else exponent
