(* SPDX-License-Identifier: ISC *)

open Scheme
open Process

let ( let* ) = Result.bind
let check_path t path result = check t path result

(* The directory and a name in it, or the file as it is named. *)
let into t ~from target =
  match Namespace.stat t.namespace ~cwd:t.cwd target with
  | Ok { kind = Directory; _ } -> (
      match Result.map Path.last (Path.decode ~cwd:t.cwd from) with
      | Ok (Some name) -> (if String.ends_with ~suffix:"/" target then target else target ^ "/") ^ name
      | _ -> fail t (from ^ ": has no name"))
  | _ -> target

let is_directory t path =
  match Namespace.stat t.namespace ~cwd:t.cwd path with Ok { kind = Directory; _ } -> true | _ -> false

(* Does it for each; the status is 1 if one fails. *)
let for_each t items body =
  List.fold_left
    (fun status item ->
      match body item with
      | Ok () -> status
      | Error e ->
          complain t (Printf.sprintf "%s: %s" item (Error.to_string e));
          1)
    0 items

let split_last items =
  match List.rev items with [] -> None | last :: before -> Some (List.rev before, last)

let date_of ns =
  let days = Calendar.floor_div ns 86_400_000_000_000 in
  let seconds = (ns - (days * 86_400_000_000_000)) / 1_000_000_000 in
  let { Calendar.year; month; day } = Calendar.of_days days in
  Printf.sprintf "%04d-%02d-%02d %02d:%02d" year month day (seconds / 3600) (seconds / 60 mod 60)

let letter : Stat.kind -> char = function Directory -> 'd' | File -> '-' | Link -> 'l' | Stream -> 's' | Event_set -> 'e'

type listed = { name : string; path : string; stat : (Stat.t, Error.t) result }

let order chosen =
  let of_stat f l = match l.stat with Ok stat -> f stat | Error _ -> 0 in
  let by f a b = match compare (of_stat f b) (of_stat f a) with 0 -> compare a.name b.name | n -> n in
  let order =
    if List.mem 't' chosen then by (fun (s : Stat.t) -> s.modified_ns)
    else if List.mem 'S' chosen then by (fun (s : Stat.t) -> s.size)
    else fun a b -> compare a.name b.name
  in
  if List.mem 'r' chosen then fun a b -> order b a else order

let ls t =
  let chosen, paths = options t "la1dAFhRrSt" in
  let is c = List.mem c chosen in
  with_out t @@ fun out ->
  let mark (stat : Stat.t) = if not (is 'F') then "" else match stat.kind with Directory -> "/" | Link -> "@" | Stream | Event_set -> "|" | File -> "" in
  let show { name; path; stat } =
    match stat with
    | Error e when is 'l' -> Out.printf out "?                            %s (%s)\n" name (Error.to_string e)
    | Error _ -> Out.line out name
    | Ok stat when not (is 'l') -> Out.line out (name ^ mark stat)
    | Ok stat ->
        let target =
          if stat.kind <> Link then mark stat
          else match Namespace.read_link t.namespace ~cwd:t.cwd path with Ok target -> " -> " ^ target | Error _ -> ""
        in
        Out.printf out "%c%s %3d %10s %s %s%s\n" (letter stat.kind)
          (if stat.read_only then "r-" else "rw")
          stat.links
          (if is 'h' then human_size stat.size else string_of_int stat.size)
          (date_of stat.modified_ns) name target
  in
  (* Nobody is asked about what is not told. *)
  let stat_of path =
    if is 'l' || is 't' || is 'S' || is 'F' || is 'R' then Namespace.stat t.namespace ~cwd:t.cwd ~follow:false path else Error Error.Unsupported
  in
  let rec folder path =
    let* entries = Namespace.list t.namespace ~cwd:t.cwd path in
    let listed (e : Stat.entry) =
      let path = if String.ends_with ~suffix:"/" path then path ^ e.name else path ^ "/" ^ e.name in
      { name = e.name; path; stat = stat_of path }
    in
    let seen (e : Stat.entry) = is 'a' || is 'A' || e.name.[0] <> '.' in
    let all = List.sort (order chosen) (List.map listed (List.filter seen entries)) in
    List.iter show all;
    if is 'R' then
      List.fold_left
        (fun result { path; stat; _ } ->
          match stat with
          | Ok { kind = Directory; _ } ->
              Out.printf out "\n%s:\n" path;
              let* () = result in
              folder path
          | _ -> result)
        (Ok ()) all
    else Ok ()
  in
  let paths = if paths = [] then [ "." ] else paths in
  for_each t paths (fun path ->
      let* stat = Namespace.stat t.namespace ~cwd:t.cwd ~follow:(not (is 'l')) path in
      if stat.kind = Directory && not (is 'd') then begin
        if List.length paths > 1 || is 'R' then Out.printf out "%s:\n" path;
        folder path
      end
      else Ok (show { name = path; path; stat = Ok stat }))

let cat t =
  let _, files = options t "" in
  with_inputs t files (fun _ handle -> copy t handle)

(* With -v. *)
let told t wanted text = if wanted then Handle.write_string t.output (text ^ "\n") else Ok ()

let copy_file t ~times from into =
  let* source = Namespace.open_ t.namespace ~cwd:t.cwd from in
  Handle.using source @@ fun source ->
  let* target = Namespace.open_ t.namespace ~cwd:t.cwd ~flags:Request.writing into in
  Handle.using target @@ fun target ->
  let slice = Slice.create 65536 in
  let rec go () =
    let* n = Handle.read source slice in
    if n = 0 then Ok ()
    else
      let* () = Handle.write_all target (Slice.sub slice 0 n) in
      go ()
  in
  let* () = go () in
  if not times then Ok ()
  else
    let* stat = Handle.stat source in
    Handle.set_times ~accessed_ns:stat.accessed_ns ~modified_ns:stat.modified_ns target

let is_same t a b =
  match (Namespace.stat t.namespace ~cwd:t.cwd a, Namespace.stat t.namespace ~cwd:t.cwd b) with
  | Ok x, Ok y ->
      let scheme path = Result.map Path.scheme (Path.decode ~cwd:t.cwd path) in
      x.kind = File && y.kind = File && x.id = y.id && scheme a = scheme b
  | _ -> false

let existing = function Ok () | Error Error.Exists -> Ok () | error -> error

let rec is_prefix prefix names =
  match (prefix, names) with
  | [], _ -> true
  | a :: prefix, b :: names -> String.equal a b && is_prefix prefix names
  | _ :: _, [] -> false

let is_within t ~outer inner =
  match (Path.decode ~cwd:t.cwd outer, Path.decode ~cwd:t.cwd inner) with
  | Ok a, Ok b -> Path.scheme a = Path.scheme b && is_prefix (Path.names a) (Path.names b)
  | _ -> false

let rec copy_tree t ~times from into =
  let* entries = Namespace.list t.namespace ~cwd:t.cwd from in
  let* () = existing (Namespace.make_directory t.namespace ~cwd:t.cwd into) in
  List.fold_left
    (fun result (e : Stat.entry) ->
      let* () = result in
      copy_any t ~times ~recursive:true (from ^ "/" ^ e.name) (into ^ "/" ^ e.name))
    (Ok ()) entries

and copy_any t ?(times = false) ~recursive from into =
  let* stat = Namespace.stat t.namespace ~cwd:t.cwd ~follow:(not recursive) from in
  match stat.kind with
  | Directory when not recursive -> Error Error.Is_directory
  | Directory when is_within t ~outer:from into -> Error Error.Invalid
  | Directory -> copy_tree t ~times from into
  | Link when recursive ->
      let* target = Namespace.read_link t.namespace ~cwd:t.cwd from in
      Namespace.symbolic_link t.namespace ~cwd:t.cwd ~target into
  | _ when is_same t from into -> Error Error.Invalid
  | _ -> copy_file t ~times from into

let sources_and_target t text arguments =
  match split_last arguments with
  | None | Some ([], _) -> usage t text
  | Some (sources, target) ->
      if List.length sources > 1 && not (is_directory t target) then fail t (target ^ ": not a directory");
      (sources, target)

let cp t =
  let chosen, arguments = options t "rRafpv" in
  let is c = List.mem c chosen in
  let sources, target = sources_and_target t "[-rRafpv] FROM... INTO" arguments in
  for_each t sources (fun from ->
      let into = into t ~from target in
      let* () = copy_any t ~times:(is 'p' || is 'a') ~recursive:(is 'r' || is 'R' || is 'a') from into in
      told t (is 'v') (from ^ " -> " ^ into))

let rec remove_tree t path =
  let* stat = Namespace.stat t.namespace ~cwd:t.cwd ~follow:false path in
  if stat.kind <> Directory then Namespace.unlink t.namespace ~cwd:t.cwd path
  else
    let* entries = Namespace.list t.namespace ~cwd:t.cwd path in
    let* () =
      List.fold_left
        (fun result (e : Stat.entry) ->
          let* () = result in
          remove_tree t (path ^ "/" ^ e.name))
        (Ok ()) entries
    in
    Namespace.remove_directory t.namespace ~cwd:t.cwd path

let mv t =
  let chosen, arguments = options t "fnv" in
  let is c = List.mem c chosen in
  let sources, target = sources_and_target t "[-fnv] FROM... INTO" arguments in
  for_each t sources (fun from ->
      let into = into t ~from target in
      if is 'n' && Result.is_ok (Namespace.stat t.namespace ~cwd:t.cwd ~follow:false into) then Ok ()
      else
        let* () =
          match Namespace.rename t.namespace ~cwd:t.cwd from into with
          | Error Cross_device ->
              let* () = copy_any t ~times:true ~recursive:true from into in
              remove_tree t from
          | result -> result
        in
        told t (is 'v') (from ^ " -> " ^ into))

let rm t =
  let chosen, paths = options t "rRfdv" in
  let is c = List.mem c chosen in
  if paths = [] && not (is 'f') then usage t "[-rRfdv] PATH...";
  for_each t paths (fun path ->
      let is_root = match Path.decode ~cwd:t.cwd path with Ok p -> Path.names p = [] | Error _ -> false in
      let result =
        if is 'r' || is 'R' then if is_root then Error Error.Busy else remove_tree t path
        else
          match Namespace.unlink t.namespace ~cwd:t.cwd path with
          | Error Is_directory when is 'd' -> Namespace.remove_directory t.namespace ~cwd:t.cwd path
          | result -> result
      in
      match result with
      | Error Not_found when is 'f' -> Ok ()
      | Ok () -> told t (is 'v') ("removed " ^ path)
      | result -> result)

(* Those above it first. *)
let rec make_all t path =
  match Namespace.make_directory t.namespace ~cwd:t.cwd path with
  | Error Exists when is_directory t path -> Ok ()
  | Error Not_found ->
      let* above = Path.decode ~cwd:t.cwd path in
      if Path.names above = [] then Error Error.Not_found
      else
        let* () = make_all t (Path.to_string (Path.above above)) in
        Namespace.make_directory t.namespace ~cwd:t.cwd path
  | result -> result

let mkdir t =
  let chosen, paths = options t "pv" in
  let is c = List.mem c chosen in
  if paths = [] then usage t "[-pv] PATH...";
  for_each t paths (fun path ->
      let* () = if is 'p' then make_all t path else Namespace.make_directory t.namespace ~cwd:t.cwd path in
      told t (is 'v') ("made " ^ path))

let rmdir t =
  let _, paths = options t "" in
  if paths = [] then usage t "PATH...";
  for_each t paths (Namespace.remove_directory t.namespace ~cwd:t.cwd)

let ln t =
  let chosen, arguments = options t "sfnv" in
  let is c = List.mem c chosen in
  let link from target =
    let into = if is 'n' then target else into t ~from target in
    for_each t [ into ] (fun into ->
        if is 'f' then ignore (Namespace.unlink t.namespace ~cwd:t.cwd into);
        let* () =
          if is 's' then Namespace.symbolic_link t.namespace ~cwd:t.cwd ~target:from into
          else Namespace.link t.namespace ~cwd:t.cwd from into
        in
        told t (is 'v') (into ^ " -> " ^ from))
  in
  match arguments with
  | [ from ] -> link from "."
  | [ from; target ] -> link from target
  | _ -> usage t "[-sfnv] FROM [INTO]"

let touch t =
  let chosen, paths = options t "c" in
  if paths = [] then usage t "[-c] PATH...";
  let now = match Calendar.now t.namespace with Ok ns -> Some ns | Error _ -> None in
  for_each t paths (fun path ->
      let creation = if chosen = [] then Request.If_missing else Never in
      let flags = { Request.reading with write = true; creation } in
      match Namespace.open_ t.namespace ~cwd:t.cwd ~flags path with
      | Error Not_found when chosen <> [] -> Ok ()
      | Error _ as error -> error
      | Ok handle -> Handle.using handle (fun handle ->
          match now with Some ns -> Handle.set_times ~accessed_ns:ns ~modified_ns:ns handle | None -> Ok ()))

let tee t =
  let chosen, paths = options t "a" in
  let flags = if chosen <> [] then Request.appending else Request.writing in
  let files =
    List.map (fun path -> (path, check_path t path (Namespace.open_ t.namespace ~cwd:t.cwd ~flags path))) paths
  in
  Fun.protect ~finally:(fun () -> List.iter (fun (_, handle) -> Handle.close handle) files) @@ fun () ->
  let slice = Slice.create 65536 in
  let rec go () =
    match check t "read" (Handle.read t.input slice) with
    | 0 -> 0
    | n ->
        let part = Slice.sub slice 0 n in
        List.iter (fun (path, handle) -> check t path (Handle.write_all handle part)) (("output", t.output) :: files);
        go ()
  in
  go ()

let pwd t =
  with_out t @@ fun out ->
  Out.line out (Path.to_string t.cwd);
  0

let all =
  [
    ("cat", cat);
    ("cp", cp);
    ("ln", ln);
    ("ls", ls);
    ("mkdir", mkdir);
    ("mv", mv);
    ("pwd", pwd);
    ("rm", rm);
    ("rmdir", rmdir);
    ("tee", tee);
    ("touch", touch);
  ]
