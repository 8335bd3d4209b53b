(* SPDX-License-Identifier: ISC *)

(* Those of any type call a function to compare. *)
let min = Int.min
let max = Int.max

type t = { text : string; cache : cache option }
and cache = { space : Space.t; lock : Mutex.t; made : bytes (* which pages are there *) }

let page_size = Space.page_size
let plain text = { text; cache = None }

let cached text =
  let pages = (String.length text + page_size - 1) / page_size in
  { text; cache = Some { space = Space.create (); lock = Mutex.create (); made = Bytes.make pages '\000' } }

let place offset = Space.lowest + offset

let make text cache offset ~stop =
  let count = max 0 (min page_size (stop - offset)) in
  Space.map cache.space (place offset) ~pages:1 Space.read_write = Done
  && Space.copy_string_out cache.space (place offset) text offset count = count
  && (Bytes.set cache.made (offset / page_size) '\001';
      true)

let share t ~offset ~stop ~pages ~into at rights : Space.answer =
  match t.cache with
  | None -> No_page
  | Some cache ->
      Mutex.protect cache.lock (fun () ->
          let rec bring i =
            i = pages
            ||
            let offset = offset + (i * page_size) in
            (Bytes.get cache.made (offset / page_size) <> '\000' || make t.text cache offset ~stop) && bring (i + 1)
          in
          if bring 0 then Space.share cache.space (place offset) ~into at ~pages rights else No_memory)
