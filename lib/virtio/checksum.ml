(* SPDX-License-Identifier: ISC *)

type place = { start : int; offset : int }

let fits { start; offset } ~length = start >= 0 && offset >= 0 && start < length && offset <= length - start - 2
let rec fold sum = if sum > 0xffff then fold ((sum land 0xffff) + (sum lsr 16)) else sum

let sum ?(from = 0) text offset length =
  if offset < 0 || length < 0 || offset > String.length text - length then invalid_arg "Checksum.sum";
  let rec words sum at left =
    if left >= 2 then words (sum + String.get_uint16_be text at) (at + 2) (left - 2)
    else if left = 1 then sum + (Char.code text.[at] lsl 8)
    else sum
  in
  fold (words from offset length)

let complete bytes ({ start; offset } as place) =
  let length = Bytes.length bytes in
  if not (fits place ~length) then invalid_arg "Checksum.complete";
  (* Nobody else has it while it is summed. *)
  let checksum = lnot (sum (Bytes.unsafe_to_string bytes) start (length - start)) land 0xffff in
  Bytes.set_uint16_be bytes (start + offset) (if checksum = 0 then 0xffff else checksum)
