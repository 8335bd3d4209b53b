(* SPDX-License-Identifier: ISC *)

open Scheme

let largest = 1 lsl 28
let ( let* ) = Result.bind

let read_all ~most (handle : Handle.t) =
  let* stat = Handle.stat handle in
  if stat.kind = Directory then Error Error.Access
  else if stat.size > most then Error Error.Too_large
  else
    let slice = Slice.create stat.size in
    let rec fill at =
      if at = stat.size then Ok slice
      else
        let* n = Handle.read_at handle at (Slice.sub slice at (stat.size - at)) in
        if n = 0 then Ok (Slice.sub slice 0 at) else fill (at + n)
    in
    Result.map Slice.to_string (fill 0)

type t = { content : string; is_kept : bool; mutable executable : (Executable.t, string) result option }

let executable t =
  match t.executable with
  | Some executable -> executable
  | None ->
      let executable = Executable.make ~in_common:t.is_kept t.content in
      t.executable <- Some executable;
      executable

(* Programs that were executed lately, by what their files are and when these were last changed, which nobody can set. *)

type file = int * int (* its scheme, and its number there *)
type version = int * int (* size, and when it was changed *)
type cache = { lock : Mutex.t; mutable entries : ((file * version) * t) list (* the latest first *) }

let most_entries = 16
let most_bytes = 1 lsl 25
let cache () = { lock = Mutex.create (); entries = [] }

(* A file that its scheme does not tell from others is read each time. *)
let key_of handle =
  match (Handle.service handle, Handle.stat handle) with
  | service, Ok { kind = File; id; size; changed_ns; _ } when service <> 0 && id <> 0 && changed_ns <> 0 ->
      Some ((service, id), (size, changed_ns))
  | _ -> None

let rec take most bytes = function
  | (key, t) :: rest when most > 0 && String.length t.content <= bytes ->
      (key, t) :: take (most - 1) (bytes - String.length t.content) rest
  | _ -> []

let put_first cache key t =
  Mutex.protect cache.lock (fun () ->
      let others = List.filter (fun ((file, _), _) -> file <> fst key) cache.entries in
      cache.entries <- take most_entries most_bytes ((key, t) :: others))

let forget cache = Mutex.protect cache.lock (fun () -> cache.entries <- [])
let look cache key = Mutex.protect cache.lock (fun () -> List.assoc_opt key cache.entries)

let read cache namespace ~most ~cwd path =
  let* handle = Namespace.open_ namespace ~cwd path in
  Handle.using handle @@ fun handle ->
  let key = key_of handle in
  match Option.bind key (look cache) with
  | Some t ->
      put_first cache (Option.get key) t;
      Ok t
  | None ->
      let* content = read_all ~most handle in
      (* Unless it was changed while it was read. *)
      let is_kept = key <> None && key_of handle = key in
      let t = { content; is_kept; executable = None } in
      if is_kept then put_first cache (Option.get key) t;
      Ok t

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

let find cache namespace ?(most = largest) ~cwd path =
  let most = min most largest in
  let rec go left path ~arrange =
    let* program = read cache namespace ~most ~cwd path in
    match interpreter program.content with
    | None | Some ("", _) -> Ok (program, arrange)
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
