(* SPDX-License-Identifier: ISC *)

type segment = { at : int; size : int; rights : Space.rights; source : Source.t; offset : int; length : int }
type t = { elf : Elf.t; segments : segment list }

let page_size = Space.page_size
let rights (r : Elf.rights) = if r.write then Space.read_write else if r.execute then Space.read_execute else Space.read

let segment ~in_common program (s : Elf.segment) =
  let source text = if in_common then Source.cached text else Source.plain text in
  let at = s.address land lnot (page_size - 1) in
  let inside = s.address - at in
  let size = (inside + s.memory_size + page_size - 1) land lnot (page_size - 1) in
  let place source offset length = { at; size; rights = rights s.rights; source; offset; length } in
  if s.file_size = 0 then place (Source.plain "") 0 0
  else if inside = 0 && s.file_offset land (page_size - 1) = 0 then place (source program) s.file_offset s.file_size
  else
    (* What lies before it in the file's page is not the segment's: it is not shown. *)
    let own = String.make inside '\000' ^ String.sub program s.file_offset s.file_size in
    place (source own) 0 (inside + s.file_size)

let make ~in_common program =
  Result.map
    (fun (elf : Elf.t) -> { elf; segments = List.map (segment ~in_common program) elf.segments })
    (Elf.parse ~machine:Space.machine program)
