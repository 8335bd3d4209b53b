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

let ls t =
  let chosen, paths = options t "la1d" in
  let long = List.mem 'l' chosen and hidden = List.mem 'a' chosen in
  with_out t @@ fun out ->
  let show path name =
    if not long then Out.line out name
    else
      match Namespace.stat t.namespace ~cwd:t.cwd ~follow:false path with
      | Error e -> Out.printf out "?                            %s (%s)\n" name (Error.to_string e)
      | Ok stat ->
          let target =
            if stat.kind <> Link then ""
            else match Namespace.read_link t.namespace ~cwd:t.cwd path with Ok target -> " -> " ^ target | Error _ -> ""
          in
          Out.printf out "%c%s %3d %10d %s %s%s\n" (letter stat.kind)
            (if stat.read_only then "r-" else "rw")
            stat.links stat.size (date_of stat.modified_ns) name target
  in
  let entries path =
    let* entries = Namespace.list t.namespace ~cwd:t.cwd path in
    let names = List.sort compare (List.map (fun (e : Stat.entry) -> e.name) entries) in
    List.iter
      (fun name ->
        if hidden || name.[0] <> '.' then
          show (if String.ends_with ~suffix:"/" path then path ^ name else path ^ "/" ^ name) name)
      names;
    Ok ()
  in
  let paths = if paths = [] then [ "." ] else paths in
  for_each t paths (fun path ->
      let* stat = Namespace.stat t.namespace ~cwd:t.cwd ~follow:(not long) path in
      if stat.kind = Directory && not (List.mem 'd' chosen) then begin
        if List.length paths > 1 then Out.printf out "%s:\n" path;
        entries path
      end
      else Ok (show path path))

let cat t =
  let _, files = options t "" in
  with_inputs t files (fun _ handle -> copy t handle)

let copy_file t from into =
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
  go ()

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

let rec copy_tree t from into =
  let* entries = Namespace.list t.namespace ~cwd:t.cwd from in
  let* () = existing (Namespace.make_directory t.namespace ~cwd:t.cwd into) in
  List.fold_left
    (fun result (e : Stat.entry) ->
      let* () = result in
      copy_any t ~recursive:true (from ^ "/" ^ e.name) (into ^ "/" ^ e.name))
    (Ok ()) entries

and copy_any t ~recursive from into =
  let* stat = Namespace.stat t.namespace ~cwd:t.cwd ~follow:(not recursive) from in
  match stat.kind with
  | Directory when not recursive -> Error Error.Is_directory
  | Directory when is_within t ~outer:from into -> Error Error.Invalid
  | Directory -> copy_tree t from into
  | Link when recursive ->
      let* target = Namespace.read_link t.namespace ~cwd:t.cwd from in
      Namespace.symbolic_link t.namespace ~cwd:t.cwd ~target into
  | _ when is_same t from into -> Error Error.Invalid
  | _ -> copy_file t from into

let sources_and_target t text arguments =
  match split_last arguments with
  | None | Some ([], _) -> usage t text
  | Some (sources, target) ->
      if List.length sources > 1 && not (is_directory t target) then fail t (target ^ ": not a directory");
      (sources, target)

let cp t =
  let chosen, arguments = options t "r" in
  let sources, target = sources_and_target t "[-r] FROM... INTO" arguments in
  for_each t sources (fun from -> copy_any t ~recursive:(chosen <> []) from (into t ~from target))

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
  let _, arguments = options t "f" in
  let sources, target = sources_and_target t "FROM... INTO" arguments in
  for_each t sources (fun from ->
      let into = into t ~from target in
      match Namespace.rename t.namespace ~cwd:t.cwd from into with
      | Error Cross_device ->
          let* () = copy_any t ~recursive:true from into in
          remove_tree t from
      | result -> result)

let rm t =
  let chosen, paths = options t "rf" in
  if paths = [] && not (List.mem 'f' chosen) then usage t "[-rf] PATH...";
  for_each t paths (fun path ->
      let result =
        if List.mem 'r' chosen then remove_tree t path else Namespace.unlink t.namespace ~cwd:t.cwd path
      in
      match result with Error Not_found when List.mem 'f' chosen -> Ok () | result -> result)

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
  let chosen, paths = options t "p" in
  if paths = [] then usage t "[-p] PATH...";
  for_each t paths (fun path -> if chosen <> [] then make_all t path else Namespace.make_directory t.namespace ~cwd:t.cwd path)

let rmdir t =
  let _, paths = options t "" in
  if paths = [] then usage t "PATH...";
  for_each t paths (Namespace.remove_directory t.namespace ~cwd:t.cwd)

let ln t =
  match options t "s" with
  | chosen, [ from; target ] ->
      let into = into t ~from target in
      for_each t [ into ] (fun into ->
          if chosen <> [] then Namespace.symbolic_link t.namespace ~cwd:t.cwd ~target:from into
          else Namespace.link t.namespace ~cwd:t.cwd from into)
  | _ -> usage t "[-s] FROM INTO"

let touch t =
  let _, paths = options t "" in
  if paths = [] then usage t "PATH...";
  let now = match Calendar.now t.namespace with Ok ns -> Some ns | Error _ -> None in
  for_each t paths (fun path ->
      let flags = { Request.reading with write = true; creation = If_missing } in
      let* handle = Namespace.open_ t.namespace ~cwd:t.cwd ~flags path in
      Handle.using handle (fun handle ->
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
