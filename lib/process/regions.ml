(* SPDX-License-Identifier: ISC *)

type content =
  | Zeros
  | Bytes of { source : Source.t; offset : int; length : int }
  | Shared of { memory : Shared.t; offset : int; may_write : bool }
  | Copied of { memory : Shared.t; offset : int }

type range = { start : int; stop : int; rights : Space.rights; content : content }

module By_start = Map.Make (Int)

type t = range By_start.t

let empty = By_start.empty

let find t at =
  match By_start.find_last_opt (fun start -> start <= at) t with
  | Some (_, range) when at < range.stop -> Some range
  | _ -> None

let rec is_covered t at stop =
  at >= stop || match find t at with Some range -> is_covered t range.stop stop | None -> false

(* The part of a range from an address of it on. *)
let from range at =
  let content =
    match range.content with
    | Zeros -> Zeros
    | Shared shared -> Shared { shared with offset = shared.offset + at - range.start }
    | Copied copied -> Copied { copied with offset = copied.offset + at - range.start }
    | Bytes { source; offset; length } ->
        let gone = at - range.start in
        if gone >= length then Zeros else Bytes { source; offset = offset + gone; length = length - gone }
  in
  { range with start = at; content }

let part range at stop = { (from range at) with stop }

let cut t at =
  match find t at with
  | Some range when range.start < at ->
      By_start.add range.start { range with stop = at } t |> By_start.add at (from range at)
  | _ -> t

let rec inside t at stop found =
  match By_start.find_first_opt (fun start -> start >= at) t with
  | Some (start, range) when start < stop -> inside t range.stop stop (range :: found)
  | _ -> List.rev found

let between t at stop =
  let t = cut (cut t at) stop in
  (t, inside t at stop [])

let is_unwritable t at stop =
  let is_so range = match range.content with Shared { may_write; _ } -> not may_write | Zeros | Bytes _ | Copied _ -> false in
  List.exists is_so (snd (between t at stop))

let remove t at stop =
  let t, ranges = between t at stop in
  List.fold_left (fun t range -> By_start.remove range.start t) t ranges

(* Neighbours of zeros with the same rights become one, so that a growing heap stays one range. *)
let join t range =
  let t = By_start.remove range.start t in
  let range, t =
    match By_start.find_last_opt (fun start -> start < range.start) t with
    | Some (_, before) when before.stop = range.start && before.rights = range.rights && before.content = Zeros && range.content = Zeros ->
        ({ range with start = before.start }, By_start.remove before.start t)
    | _ -> (range, t)
  in
  let range, t =
    match By_start.find_opt range.stop t with
    | Some next when next.rights = range.rights && next.content = Zeros && range.content = Zeros ->
        ({ range with stop = next.stop }, By_start.remove next.start t)
    | _ -> (range, t)
  in
  By_start.add range.start range t

let add t range = join (remove t range.start range.stop) range

let set_rights t at stop rights =
  let t, ranges = between t at stop in
  let t = List.fold_left (fun t range -> By_start.add range.start { range with rights } t) t ranges in
  (* One may have become a part of the one before it by now. *)
  let join_at t range = match By_start.find_opt range.start t with Some range -> join t range | None -> t in
  List.fold_left join_at t ranges

(* The ranges are gone through from the top. *)
let find_room t ~above ~below size =
  let rec go top =
    if top - size < above then None
    else
      match By_start.find_last_opt (fun start -> start < top) t with
      | Some (_, range) when range.stop > top - size -> go range.start
      | _ -> Some (top - size)
  in
  go below

let parts t at stop = snd (between t at stop)
let count t = By_start.cardinal t

let object_of range =
  match range.content with Shared { memory; _ } | Copied { memory; _ } -> Some memory | Zeros | Bytes _ -> None

let objects t at stop = List.filter_map object_of (parts t at stop)

let has_object t memory =
  By_start.exists (fun _ range -> match object_of range with Some other -> other == memory | None -> false) t

let iter f t = By_start.iter (fun _ range -> f range) t
let size t = By_start.fold (fun _ range sum -> sum + range.stop - range.start) t 0

let page_content range page =
  match range.content with
  | Zeros | Shared _ | Copied _ -> None
  | Bytes { source; offset; length } ->
      let skipped = page - range.start in
      let count = min Space.page_size (length - skipped) in
      if count <= 0 then None else Some (source.text, offset + skipped, count)
