(* SPDX-License-Identifier: ISC *)

type t = { scheme : string option; names : string list; wants_directory : bool }

let max_length = 4096
let max_name = 255
let root = { scheme = Some "file"; names = []; wants_directory = false }
let scheme t = t.scheme
let names t = t.names
let wants_directory t = t.wants_directory
let equal = ( = )

let is_scheme_name text =
  let n = String.length text in
  n >= 1 && n <= 64 && text <> "." && text <> ".."
  && String.for_all (function 'a' .. 'z' | '0' .. '9' | '-' | '_' | '.' -> true | _ -> false) text

(* All names from the top: ["scheme"; NAME; ...], or those below the root of [file] (which are the same place). *)
let from_top t =
  match t.scheme with
  | None -> [ "scheme" ]
  | Some "file" when (match t.names with "scheme" :: _ -> false | _ -> true) -> t.names
  | Some scheme -> "scheme" :: scheme :: t.names

let to_string t =
  match from_top t with
  | [] -> "/"
  | names -> "/" ^ String.concat "/" names ^ if t.wants_directory then "/" else ""

let of_top names ~wants_directory =
  match names with
  | [ "scheme" ] -> Ok { scheme = None; names = []; wants_directory = false }
  | "scheme" :: name :: names ->
      if not (is_scheme_name name) then Error Error.Invalid
      else Ok { scheme = Some name; names; wants_directory = wants_directory && names <> [] }
  | names -> Ok { scheme = Some "file"; names; wants_directory = wants_directory && names <> [] }

let wants_a_directory parts =
  match List.rev parts with ("" | "." | "..") :: _ -> true | _ -> false

let decode ?(cwd = root) text =
  if text = "" then Error Error.Not_found
  else if String.length text > max_length then Error Error.Name_too_long
  else if String.contains text '\000' then Error Error.Invalid
  else
    let parts = String.split_on_char '/' text in
    let step above = function
      | "" | "." -> above
      | ".." -> ( match above with [] -> [] | _ :: above -> above)
      | name -> name :: above
    in
    let start = if text.[0] = '/' then [] else List.rev (from_top cwd) in
    if List.exists (fun part -> String.length part > max_name) parts then Error Error.Name_too_long
    else
      match of_top (List.rev (List.fold_left step start parts)) ~wants_directory:(wants_a_directory parts) with
      | Ok t when String.length (to_string t) > max_length -> Error Error.Name_too_long
      | result -> result

let is_name name =
  name <> "" && name <> "." && name <> ".." && not (String.exists (fun c -> c = '/' || c = '\000') name)

let make ~scheme names =
  if not (is_scheme_name scheme && List.for_all is_name names) then Error Error.Invalid
  else
    let t = { scheme = Some scheme; names; wants_directory = false } in
    if List.exists (fun name -> String.length name > max_name) names || String.length (to_string t) > max_length then
      Error Error.Name_too_long
    else Ok t

let last t = match List.rev t.names with [] -> None | name :: _ -> Some name

let above t =
  match List.rev t.names with
  | [] -> t
  | _ :: names -> { t with names = List.rev names; wants_directory = false }
