(* SPDX-License-Identifier: ISC *)

open Scheme

let largest = 1 lsl 28
let ( let* ) = Result.bind

let read_all (handle : Handle.t) =
  let* stat = Handle.stat handle in
  if stat.kind = Directory then Error Error.Access
  else if stat.size > largest then Error Error.Too_large
  else
    let slice = Slice.create stat.size in
    let rec fill at =
      if at = stat.size then Ok slice
      else
        let* n = Handle.read_at handle at (Slice.sub slice at (stat.size - at)) in
        if n = 0 then Ok (Slice.sub slice 0 at) else fill (at + n)
    in
    Result.map Slice.to_string (fill 0)

let read namespace ~cwd path =
  let* handle = Namespace.open_ namespace ~cwd path in
  Handle.using handle read_all

(* A script names its interpreter in its first line, perhaps with one argument. *)
let largest_line = 255

let interpreter content =
  if not (String.starts_with ~prefix:"#!" content) then None
  else
    let line = String.sub content 2 (min largest_line (String.length content) - 2) in
    let line = match String.index_opt line '\n' with Some stop -> String.sub line 0 stop | None -> line in
    let words = String.trim line in
    match String.index_opt words ' ' with
    | None -> Some (words, [])
    | Some stop ->
        Some (String.sub words 0 stop, [ String.trim (String.sub words stop (String.length words - stop)) ])

let most_interpreters = 4

let find namespace ~cwd path =
  let rec go left path ~arrange =
    let* content = read namespace ~cwd path in
    match interpreter content with
    | None | Some ("", _) -> Ok (content, arrange)
    | Some _ when left = 0 -> Error Error.Too_many_links
    | Some (program, argument) ->
        let in_front = (program :: argument) @ [ path ] in
        let arrange arguments =
          in_front @ match arrange arguments with [] -> [] | _ :: rest -> rest
        in
        go (left - 1) program ~arrange
  in
  go most_interpreters path ~arrange:Fun.id

let whole_path ~cwd path = Result.fold (Path.decode ~cwd path) ~ok:Path.to_string ~error:(fun _ -> path)
