(* SPDX-License-Identifier: ISC *)

open Scheme
module Names = Map.Make (String)
module Places = Map.Make (Int)

type t = {
  id : int;
  content : content;
  mutable links : int;
  mutable opened : int;
  mutable accessed_ns : int;
  mutable modified_ns : int;
  mutable changed_ns : int;
  created_ns : int;
}

and content = File of Blocks.t | Directory of directory | Link of string

and directory = {
  mutable by_name : (int * t) Names.t;
  mutable by_place : (string * t) Places.t;
  mutable last : int;  (** the greatest place that was ever used *)
}

let make ~id ~now_ns content =
  {
    id;
    content;
    links = 0;
    opened = 0;
    accessed_ns = now_ns;
    modified_ns = now_ns;
    changed_ns = now_ns;
    created_ns = now_ns;
  }

let kind t : Stat.kind = match t.content with File _ -> File | Directory _ -> Directory | Link _ -> Link

let stat t : Stat.t =
  let size, allocated =
    match t.content with
    | File blocks -> (Blocks.size blocks, Blocks.allocated blocks)
    | Directory directory -> (Names.cardinal directory.by_name, 0)
    | Link target -> (String.length target, 0)
  in
  {
    kind = kind t;
    id = t.id;
    size;
    allocated;
    links = t.links;
    read_only = false;
    accessed_ns = t.accessed_ns;
    modified_ns = t.modified_ns;
    changed_ns = t.changed_ns;
    created_ns = t.created_ns;
    lends = false;
  }

let empty () = { by_name = Names.empty; by_place = Places.empty; last = 0 }
let is_empty directory = Names.is_empty directory.by_name
let find directory name = Option.map snd (Names.find_opt name directory.by_name)

let put directory name node =
  let place =
    match Names.find_opt name directory.by_name with
    | Some (place, _) -> place
    | None ->
        directory.last <- directory.last + 1;
        directory.last
  in
  directory.by_name <- Names.add name (place, node) directory.by_name;
  directory.by_place <- Places.add place (name, node) directory.by_place

let remove directory name =
  match Names.find_opt name directory.by_name with
  | None -> ()
  | Some (place, _) ->
      directory.by_name <- Names.remove name directory.by_name;
      directory.by_place <- Places.remove place directory.by_place

let entries directory ~from ~most =
  (if from = max_int then Seq.empty else Places.to_seq_from (from + 1) directory.by_place)
  |> Seq.take most
  |> Seq.map (fun (place, (name, node)) -> (({ name; kind = kind node; id = node.id } : Stat.entry), place))
  |> List.of_seq
