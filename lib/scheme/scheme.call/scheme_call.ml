(* SPDX-License-Identifier: ISC *)

external call : Unix.file_descr -> string -> Unix.file_descr array -> string * Unix.file_descr array = "scheme_call_call"

let call ?(descriptors = []) file text =
  let text, received = call file text (Array.of_list descriptors) in
  (text, Array.to_list received)
